"""What can be done to agents on a Docker engine. Pure but for the deed that is handed on."""

from collections.abc import Callable

from lamplighter_dashboard.actions.proposal import Draft, Given, NotYetError, Proposal, settled
from lamplighter_dashboard.model.docker_hosts import DockerHost, HostAgent

APPLY = "lamplighter provision docker apply"


def update(host: DockerHost, agent: HostAgent, deed: Callable[[], None]) -> Draft:
    """Bring it to what its file says."""
    title = f"Update {agent.device}"
    if reason := _why_not(host, agent):

        def refuse(_given: Given) -> Proposal:
            raise NotYetError(reason)

        return Draft(title, refuse)
    return settled(
        Proposal(
            title=title,
            effects=[
                f"1 device, on the engine {host.engine}: {', '.join(agent.todo)}.",
                "It serves nothing for the moment in which its container is changed.",
                "What runs now is kept until the new one is up; else it runs again.",
            ],
            requests=[],
            done=f"{agent.device} is as {host.file} says",
            deed=deed,
        )
    )


def remove(host: DockerHost, agent: HostAgent, deed: Callable[[], None]) -> Draft:
    """End and remove it."""
    return settled(
        Proposal(
            title=f"Remove {agent.device} from its engine",
            effects=[
                f"1 device, on the engine {host.engine}: its container is ended and removed.",
                "It serves and counts nothing from then on; the controller shows it as offline.",
                f"Its state and identity stay there: {APPLY} brings it back.",
            ],
            requests=[],
            done=f"{agent.device} is removed from {host.engine}",
            word=agent.device,
            deed=deed,
        )
    )


def _why_not(host: DockerHost, agent: HostAgent) -> str:
    if not agent.listed:
        return f"{host.file} does not name it; write it there, or remove it"
    if agent.is_absent:
        return f"it is not on this engine; bring it there first: {APPLY} {host.file}"
    if agent.ahead:
        return f"it runs {agent.ahead}, newer than {host.file} says; write that version there"
    return "" if agent.todo else f"it is as {host.file} says already"
