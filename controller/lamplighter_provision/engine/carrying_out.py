"""Carries out the steps of a plan, one after the other, and tells how far it is."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.agent_file import agent_file
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.planning import ARCHITECTURES, Kind, Step, shape_of
from lamplighter_provision.gateway.present import STATE_DIR, Role

ENROL_S = 60.0
CHECK_S = 1.0
SETTLE_S = 3.0
"""So long an agent must stay up after its first sign of life."""
HEALTH = ["python3", "-m", "lamplighter_agent", "health"]
CONFIG_FILE, TOKEN_FILE, AUTHORITY_FILE = "agent.toml", "token", "ca.pem"
ONLINE = "online"


@dataclass(frozen=True)
class Carrier:
    """Brings one gateway to what its file says.

    Args:
        new_token: a one-time token for a device's enrolment.
        report: told of each step, and what goes on meanwhile.
    """

    engine: DockerEngine
    gateway: Gateway
    new_token: Callable[[str], str]
    report: Callable[[str], None]

    def carry_out(self, steps: Iterable[Step]) -> None:
        """All steps in their order.

        Raises:
            ProvisionError: one failed. What ran before runs again; those after it were not begun.
        """
        for step in steps:
            self.report(str(step))
            self._one(step)

    def _one(self, step: Step) -> None:
        engine = self.engine
        actions: dict[Kind, Callable[[str], object]] = {
            Kind.LOAD_IMAGE: lambda _: engine.load_image(Path(self.gateway.image_file)),
            Kind.BUILD_IMAGE: lambda _: self._build(),
            Kind.DROP_ENROL: lambda device: engine.remove(device, Role.ENROL),
            Kind.DROP_STATE: engine.remove_state,
            Kind.FORGET: engine.remove_state,
            Kind.FINISH: lambda device: engine.remove(device, Role.PREVIOUS),
            Kind.RESTORE: self._restore,
            Kind.ENROL: self._enrol,
            Kind.CREATE: self._create,
            Kind.UPDATE: self._update,
            Kind.START: self._start,
            Kind.REMOVE: self._remove,
        }
        actions[step.kind](step.device)

    def _start(self, device: str) -> None:
        self.engine.start(device)
        self._wait_until_up(device)

    def _remove(self, device: str) -> None:
        for role in Role:
            self.engine.remove(device, role)

    def _build(self) -> None:
        here = self.engine.present(self.gateway.image).architecture
        arguments = {"TARGETARCH": ARCHITECTURES.get(here, here), **self.gateway.build_args}
        for line in self.engine.build_image(
            Path(self.gateway.build), self.gateway.image, arguments
        ):
            self.report(f"  {line}")

    def _enrol(self, device: str) -> None:
        """In a container of its own, whose configuration, the token in it, goes with it."""
        token = self.new_token(device)
        command = ["enrol", "--url", self.gateway.url]
        command += ["--token-file", f"/etc/lamplighter/{TOKEN_FILE}"]
        files = {TOKEN_FILE: token}
        if authority := self.gateway.authority():
            files[AUTHORITY_FILE] = authority
            command += ["--ca", f"/etc/lamplighter/{AUTHORITY_FILE}"]
        self.engine.make_state(device)
        done = False
        try:
            self._make(device, Role.ENROL, command, files)
            self.engine.start(device, Role.ENROL)
            code = self.engine.wait(device, Role.ENROL, ENROL_S)
            if code:
                raise ProvisionError(
                    f"{device}: enrolment failed: {self.engine.log(device, Role.ENROL).strip()}"
                )
            done = True
        finally:
            self.engine.remove(device, Role.ENROL)
            if not done:
                self.engine.remove_state(device)

    def _create(self, device: str) -> None:
        done = False
        try:
            self._make(device, Role.AGENT, ["run"], {})
            self.engine.start(device)
            self._wait_until_up(device)
            done = True
        finally:
            if not done:
                self.engine.remove(device)

    def _update(self, device: str) -> None:
        """The old container is kept, stopped, until the new one is up; else it runs again."""
        was = self._health(device)
        self.engine.stop(device)
        self.engine.rename(device, Role.AGENT, Role.PREVIOUS)
        try:
            self._make(device, Role.AGENT, ["run"], {})
            self.engine.start(device)
            self._wait_until_up(device, online=was == ONLINE)
        except BaseException as error:
            self.report(f"{device}: the new container does not come up; the old one runs again")
            self._restore(device)
            if isinstance(error, ProvisionError):
                raise ProvisionError(f"{error} What ran before runs again.") from error
            raise
        self.engine.remove(device, Role.PREVIOUS)

    def _restore(self, device: str) -> None:
        self.engine.remove(device)
        self.engine.rename(device, Role.PREVIOUS, Role.AGENT)
        self.engine.start(device)

    def _make(self, device: str, role: Role, command: list[str], files: dict[str, str]) -> None:
        image = self.engine.present(self.gateway.image).image
        if image is None:
            raise ProvisionError(f"image: {self.gateway.image} is gone; run the command again")
        config = agent_file(device, self.gateway.agents[device], STATE_DIR)
        shape = shape_of(self.gateway, device, image.id)
        self.engine.create(device, role, shape, command, {CONFIG_FILE: config, **files})

    def _wait_until_up(self, device: str, *, online: bool = False) -> None:
        """Until it gives signs of life, and goes on to do so.

        Args:
            online: it must be connected as well, because what ran before was.

        Raises:
            ProvisionError: it ended, began anew, or gave no sign in time; with its last words.
        """
        deadline = time.monotonic() + self.gateway.start_s
        state, since = "", 0.0
        while time.monotonic() < deadline:
            container = self.engine.container(device)
            if not container.running or container.restarts:
                break
            state = self._health(device)
            if not state or (online and state != ONLINE):
                since = 0.0
            elif not since:
                since = time.monotonic()
            elif time.monotonic() - since >= SETTLE_S:
                self.report(f"  {device} is up and {state}")
                return
            time.sleep(CHECK_S)
        raise ProvisionError(f"{device}: {self._why_not_up(device, state)}")

    def _why_not_up(self, device: str, state: str) -> str:
        container = self.engine.container(device)
        if not container.running or container.restarts:
            what = f"ended with {container.exit_code}"
        elif state:
            what = f"is not online within {self.gateway.start_s:.0f} s, which it was before"
        else:
            what = f"gives no sign of life within {self.gateway.start_s:.0f} s"
        return f"the new container {what}. Its last words:\n{self.engine.log(device).strip()}\n"

    def _health(self, device: str) -> str:
        """How its connection stands; empty: no sign of life."""
        code, output = self.engine.run_inside(device, HEALTH)
        return output.strip() if code == 0 else ""
