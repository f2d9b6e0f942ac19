"""Whether the machine itself is fit: memory, runtimes, and the agent that runs on it."""

from collections.abc import Iterable
from pathlib import Path

from lamplighter_wire.machine.checkup import Finding, failed, ok, skipped, warning
from lamplighter_wire.rules.memory import AGENT_BYTES

from lamplighter_agent.device.capabilities import usable_memory_bytes
from lamplighter_agent.device.heartbeat import read_heartbeat
from lamplighter_agent.errors import AgentError
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_agent.runtimes.self_test import failure_of
from lamplighter_agent.settings import AgentSettings

MB = 1_000_000
# The agent itself, and the smallest of the networks that ship.
LEAST_BYTES = AGENT_BYTES + 30 * MB
GOOD_BYTES = 200 * MB


def check_memory(settings: AgentSettings) -> Iterable[Finding]:
    """What the agent may take, by the machine, its group and the settings."""
    usable = usable_memory_bytes(settings.memory_limit_bytes)
    place, found = "limits of machine, cgroup and settings", f"{usable // MB} MB may be used"
    if usable < LEAST_BYTES:
        mend = f"give it {GOOD_BYTES // MB} MB: memory_limit_bytes, MemoryMax of the unit"
        yield failed("memory", place, found, mend)
    elif usable < GOOD_BYTES:
        mend = f"larger networks need {GOOD_BYTES // MB} MB and more"
        yield warning("memory", place, found, mend)
    else:
        yield ok("memory", place, found)


def check_runtimes(runtimes: Runtimes | None = None) -> Iterable[Finding]:
    """Each runtime that is installed runs a small network, in a process of its own."""
    versions = (runtimes or installed_runtimes()).versions()
    if not versions:
        mend = "pip install 'lamplighter[video]'"
        yield failed("runtime", "", "none is installed", mend)
    for name, version in versions.items():
        place = f"{name} {version}"
        failure = failure_of(name, version)
        if failure:
            mend = "install a version for this processor; others serve without it"
            yield warning("runtime", place, f"it does not run here: {failure}", mend)
        else:
            yield ok("runtime", place, "it runs a small network")


def check_running(settings: AgentSettings) -> Iterable[Finding]:
    """Whether an agent gives signs of life here."""
    if not settings.heartbeat_file:
        yield skipped("agent", "setting heartbeat_file", "not set, so nobody sees whether it runs")
        return
    try:
        beat = read_heartbeat(Path(settings.heartbeat_file))
    except AgentError as error:
        mend = "systemctl status lamplighter-agent; journalctl -u lamplighter-agent"
        yield warning("agent", settings.heartbeat_file, str(error).partition(";")[0], mend)
    else:
        yield ok("agent", settings.heartbeat_file, f"it runs, its session is {beat.state}")
