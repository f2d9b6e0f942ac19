"""Whatever a rollout of an agent's version has due, by the roads that brought the agents."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_client import rollout_endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents.bounds import MAX_FAILURE_CHARS
from lamplighter_client.errors import ClientError, UnreachableError
from lamplighter_wire.words.printable import one_line

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Token, Url, client
from lamplighter_cli.output import Column, show_rows
from lamplighter_cli.progress import report

# Imported late: other commands start without Docker's SDK.
if TYPE_CHECKING:
    from lamplighter_provision.due.installation import Brought, Installation, Part
    from lamplighter_provision.due.road import Road
    from lamplighter_provision.engine.connecting import Connections
    from lamplighter_provision.gateway.desired import Gateway

LOOK_S = 5.0
# Where something failed, or the controller does not answer, which may be that it restarts.
UNHEARD_S = 20.0
# In these nobody is due any more.
OVER = ("succeeded", "aborted", "ended")


def due(
    rollout: Annotated[str, typer.Argument(help="Of an agent's version.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="GATEWAY…", help="As of `docker apply`, and of `ssh`.")
    ],
    wheels: Annotated[
        str, typer.Option(help="For ssh: what `make image` has made; with {version} in it, or not.")
    ] = "dist/image",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Devices at once by ssh.")] = 4,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on wave by wave until it is over; never ask.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Update each agent that is due: by Docker where the file names an image, else over ssh.

    What does not come up is taken back there, and counts as failed in the rollout.
    """
    api = client(data, url, token)
    with closing(_Roads(wheels, at_once)) as roads:
        done, left = _work(api, rollout, files, roads, watch=watch, dry_run=dry_run, yes=yes)
    for line in _files_behind(files, done):
        report(line)
    _finish(done, left)


def _work(
    api: Client,
    rollout: str,
    files: list[Path],
    roads: "_Roads",
    *,
    watch: bool,
    dry_run: bool,
    yes: bool,
) -> "tuple[list[Brought], int]":
    """Until there is nothing more to do: what was brought, and how many were not reached."""
    from lamplighter_provision.due.installation import Installation
    from lamplighter_provision.errors import UnheardError

    installation = Installation(files, _Orders(api, rollout), roads.read, report)
    done: dict[str, Brought] = {}  # the newest of each device
    parts: list[Part] = []
    unnamed: list[str] = []
    shown: list[str] = []
    while True:
        try:
            parts, unnamed = installation.plan()
        except UnheardError as error:
            if not watch:
                raise
            report(f"asked again in {UNHEARD_S:.0f} s: {error}")
            time.sleep(UNHEARD_S)
            continue
        shown = _show(parts, unnamed, shown)
        is_agreed = watch or yes
        if any(part.work for part in parts) and not dry_run:
            if not is_agreed and not typer.confirm("Do it?", default=False):
                break
            done |= {one.device: one for one in _carried_out(installation, parts)}
        if dry_run or not watch or _is_over(api, rollout, parts):
            break
        time.sleep(UNHEARD_S if any(one.trouble for one in done.values()) else LOOK_S)
    return list(done.values()), sum(len(part.out_of_reach) for part in parts) + len(unnamed)


@dataclass(frozen=True)
class _Orders:
    """Implements `Orders` over the controller's API."""

    api: Client
    rollout: str

    def due(self) -> dict[str, str]:
        from lamplighter_provision.errors import UnheardError

        try:
            listed = self.api.send(rollout_endpoints.due_devices(self.rollout))
        except UnreachableError as error:
            raise UnheardError(str(error)) from error
        return {one.device: one.version for one in listed}

    def fail(self, device: str, reason: str) -> None:
        text = one_line(reason)[:MAX_FAILURE_CHARS]
        try:
            self.api.send(rollout_endpoints.fail_due_device(self.rollout, device, text))
        except ClientError as error:
            report(f"{device}: the rollout does not know of it: {error}")


class _Roads:
    """To the devices of gateways' files; engines are spoken to until `close`."""

    def __init__(self, wheels: str, at_once: int) -> None:
        self._wheels, self._at_once = wheels, at_once
        self._connections: Connections | None = None

    def read(self, file: Path, version: str) -> "tuple[Iterable[str], Callable[[], Road]]":
        """A gateway's file for a version: its devices, and what opens the road to them."""
        from lamplighter_provision.gateway.desired import read_gateway

        gateway = read_gateway(file, version)
        return (
            gateway.agents,
            lambda: self._by_docker(gateway) if gateway.image else self._by_ssh(gateway),
        )

    def close(self) -> None:
        if self._connections is not None:
            self._connections.close()

    def _by_docker(self, gateway: "Gateway") -> "Road":
        from lamplighter_provision.due.docker_road import DockerRoad
        from lamplighter_provision.engine.connecting import Connections

        self._connections = self._connections or Connections()
        return DockerRoad(gateway, self._connections.engine(gateway), report)

    def _by_ssh(self, gateway: "Gateway") -> "Road":
        from lamplighter_provision.due.ssh_road import SshRoad

        def tell(device: str, line: str) -> None:
            report(f"{device}: {line}")

        return SshRoad(gateway, self._wheels, tell, self._at_once)


def _files_behind(files: list[Path], done: "list[Brought]") -> Iterator[str]:
    """Of files whose version is another one than what their agents have been brought to."""
    from lamplighter_provision.gateway.desired import said_version

    for file in files:
        said, agents = said_version(file)
        brought = {one.version for one in done if one.device in agents and not one.trouble}
        for version in sorted(brought - {said}) if said else ():
            yield (
                f'{file}: version: it says {said}; write version = "{version}" once the rollout has'
                " ended"
            )


def _show(parts: "list[Part]", unnamed: list[str], before: list[str]) -> list[str]:
    """The plan, unless it is that of before; its lines."""
    there = "it has it already, and has yet to report it"
    lines = [
        f"  {one.device}: {part.version}: {one.trouble or one.todo or there}"
        for part in parts
        for one in part.sights
    ]
    lines += [f"  {device}: none of these files names it" for device in unnamed]
    if lines != before:
        for line in lines:
            typer.echo(line)
    return lines


def _carried_out(installation: "Installation", parts: "list[Part]") -> "list[Brought]":
    done = installation.carry_out(parts)
    columns = [
        Column["Brought"]("DEVICE", lambda one: one.device),
        Column["Brought"]("VERSION", lambda one: one.version),
        Column["Brought"]("DONE", lambda one: "failed" if one.trouble else "updated"),
        Column["Brought"]("TIME", lambda one: f"{one.seconds:.0f} s"),
        Column["Brought"]("TROUBLE", lambda one: one_line(one.trouble)),
    ]
    show_rows(done, columns, as_json=False)
    return done


def _is_over(api: Client, rollout: str, parts: "list[Part]") -> bool:
    """Whether nobody will be due any more."""
    try:
        state = api.send(rollout_endpoints.rollout(rollout)).state
    except UnreachableError as error:
        report(f"asked again: {error}")
        return False
    return state in OVER or (state == "rolled_back" and not parts)


def _finish(done: "list[Brought]", left: int) -> None:
    failed = sum(bool(one.trouble) for one in done)
    if failed or left:
        raise CommandError(f"{failed} devices failed, and {left} that are due were not reached")
    if not done:
        report("nothing was to be done")
