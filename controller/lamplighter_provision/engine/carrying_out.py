"""Carries out the steps of a plan, one after the other, and tells how far it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.engine.proof import ONLINE, Proof
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.agent_file import agent_file
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.planning import ARCHITECTURES, Kind, Step, shape_of
from lamplighter_provision.gateway.present import IDENTITY_FILE, STATE_DIR, Role

ENROL_S = 60.0
CONFIG_FILE, TOKEN_FILE, AUTHORITY_FILE = "agent.toml", "token", "ca.pem"
NO_FILES: Mapping[str, str] = {}


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

    @property
    def _proof(self) -> Proof:
        return Proof(self.engine, self.gateway.start_s, self.report)

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
            Kind.LOAD_IMAGE: lambda _: engine.load_image(
                Path(self.gateway.image_file), self.report
            ),
            Kind.BUILD_IMAGE: lambda _: self._build(),
            Kind.DROP_ENROL: lambda device: engine.remove(device, Role.ENROL),
            Kind.DROP_STATE: engine.remove_state,
            Kind.FORGET: engine.remove_state,
            Kind.FINISH: self._finish,
            Kind.RESTORE: self._go_back,
            Kind.ENROL: self._enrol,
            Kind.CREATE: self._create,
            Kind.UPDATE: self._update,
            Kind.START: self._start,
            Kind.REMOVE: self._remove,
        }
        actions[step.kind](step.device)

    def _start(self, device: str) -> None:
        self.engine.start(device)
        self._proof.wait_until_up(device)

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
        if not self._has_identity(device):
            self.report(f"  {device}: its state holds no identity: {Kind.ENROL.value}")
            self._enrol(device)
        done = False
        try:
            self._make(device, Role.AGENT, ["run"])
            self.engine.start(device)
            self._proof.wait_until_up(device)
            done = True
        finally:
            if not done:
                self.engine.remove(device)

    def _has_identity(self, device: str) -> bool:
        """Looked up in a container that never starts, as the state may be all there is."""
        try:
            self._make(device, Role.ENROL, ["enrol"])
            return self.engine.holds(device, Role.ENROL, IDENTITY_FILE)
        finally:
            self.engine.remove(device, Role.ENROL)

    def _update(self, device: str) -> None:
        """The old container is kept, stopped, until the new one is up; else it runs again.

        It has its other name before it stops: wherever this is cut off, it is known to have run.
        """
        online = self._proof.standing(device) == ONLINE
        self.engine.rename(device, Role.AGENT, Role.PREVIOUS)
        with self._way_back(device):
            self.engine.stop(device, Role.PREVIOUS)
            self._make(device, Role.AGENT, ["run"], owes_online=online)
            self.engine.start(device)
            self._proof.wait_until_up(device, online=online)
        self.engine.remove(device, Role.PREVIOUS)

    def _finish(self, device: str) -> None:
        """The new container may have run for moments when its update was cut off."""
        with self._way_back(device):
            online = self.engine.container(device).owes_online
            self._proof.wait_until_up(device, online=online)
        self.engine.remove(device, Role.PREVIOUS)

    @contextmanager
    def _way_back(self, device: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.report(f"{device}: the new container does not come up; the old one runs again")
            self._restore(device)
            if isinstance(error, ProvisionError):
                raise ProvisionError(f"{error} What ran before runs again.") from error
            raise

    def _restore(self, device: str) -> None:
        """It gets its name back last: as long as it has the other one, it is known to have run."""
        self.engine.remove(device)
        self.engine.start(device, Role.PREVIOUS)
        self.engine.rename(device, Role.PREVIOUS, Role.AGENT)

    def _go_back(self, device: str) -> None:
        """With time to connect, so that an update which follows sees what it must not lose."""
        self._restore(device)
        try:
            self._proof.wait_until_up(device, online=True)
        except ProvisionError:
            stands = self._proof.standing(device) or "without a sign of life"
            self.report(f"  {device} runs again, {stands}")

    def _make(
        self,
        device: str,
        role: Role,
        command: list[str],
        files: Mapping[str, str] = NO_FILES,
        *,
        owes_online: bool = False,
    ) -> None:
        image = self.engine.present(self.gateway.image).image
        if image is None:
            raise ProvisionError(f"image: {self.gateway.image} is gone; run the command again")
        config = agent_file(device, self.gateway.agents[device], STATE_DIR)
        shape = shape_of(self.gateway, device, image.id)
        files = {CONFIG_FILE: config, **files}
        self.engine.create(device, role, shape, command, files, owes_online=owes_online)
