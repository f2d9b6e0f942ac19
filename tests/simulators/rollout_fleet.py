"""Devices that commit to what they are told and measure, around a controller that may die."""

from pathlib import Path

import msgspec
from lamplighter_controller.domain.rollouts.rollout import RolloutState
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.rollouts.rollouts import LOOK_S
from lamplighter_controller.store.records import DeploymentRecord
from lamplighter_wire import topics
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Configured, Telemetry

from tests.simulators.controller_rig import Device, Rig, spec

OLD = spec("old-fp32", 0.85, 300.0)
# Less accurate than the old one: the planner would leave it alone.
NEW = msgspec.structs.replace(spec("new-fp32", 0.75, 300.0), model="newnet", model_version="2")
NEW_INT8 = msgspec.structs.replace(
    spec("new-int8", 0.75, 300.0, precision="int8"), model="newnet", model_version="2"
)


class RolloutFleet:
    """Some devices of two classes at two sites, which serve the old model."""

    def __init__(self, folder: Path, offers: list[VariantSpec], count: int = 6) -> None:
        self._folder = folder
        self.offers = offers
        self.latency_ms = {"old-fp32": 20.0, "new-fp32": 20.0, "new-int8": 20.0}
        self.refuses: set[str] = set()
        self.quiet: set[str] = set()
        self._seq = 0
        self.rig = self._open(None)
        self.names = [f"cam-{i}" for i in range(count)]
        for i, name in enumerate(self.names):
            isa = ["avx2"] if i % 2 else ["avx2", "vnni"]
            device = self.rig.device(name, isa=isa, configured=Configured())
            self.rig.store.configure_device(name, None, site=f"site-{i % 2}")
            device.introduce(dense_ms=5.0, int8_ms=2.0 if i % 2 == 0 else 50.0)
        self.obey()

    def _open(self, before: Rig | None) -> Rig:
        rig = Rig(self._folder, self.offers, clock=before.clock if before else None)
        for call in (
            rig.services.restart.start_over,
            rig.services.override_changes.resume,
            rig.services.rollouts.resume,
            rig.services.configurations.publish_unknown,
        ):
            rig.queue.submit(call)
        rig.settle()
        return rig

    def restart(self) -> None:
        """The controller is killed, and another begins on what is on disk."""
        self.rig.close()
        self.rig = self._open(self.rig)

    def lose_what_follows(self) -> None:
        """Whatever is submitted from now on is lost: the controller dies behind its next save."""
        self.rig.queue.submit = lambda *_args, **_more: None  # type: ignore[method-assign]

    def obey(self) -> None:
        """Who has an order commits to it, refuses it, or says nothing."""
        for name in self.names:
            record = self.rig.store.device(name)
            last = self.rig.store.deployment(name, record.revision)
            desired = current_desired(record)
            if name in self.quiet or last is None or last.outcome or desired is None:
                continue
            is_new = desired.primary.point.variant.startswith("new")
            refused = name in self.refuses and is_new
            outcome, reason = ("rejected", "OOM") if refused else ("committed", "")
            more = {"serving": self.rig.store.device_state(name).serving} if refused else {}
            Device(self.rig, name, {}).report_of(desired, outcome, reason, **more)

    def measure(self, windows: int = 3) -> None:
        """Windows of all devices at what they serve."""
        for _ in range(windows):
            self.rig.clock.advance(1.0)
            self._seq += 1
            for name in self.names:
                serving = self.rig.store.device_state(name).serving
                if name not in self.quiet and serving is not None:
                    latency_ms = self.latency_ms[serving.variant] * self.slowness_of(name)
                    window = Telemetry(
                        device=name,
                        seq=self._seq,
                        start=self.rig.clock.time(),
                        seconds=1.0,
                        serving=serving,
                        configuration=self.version_of(name),
                        frames=30,
                        fps_demand=5.0,
                        fps_served=5.0,
                        latency_p50_ms=latency_ms,
                        latency_p95_ms=1.2 * latency_ms,
                        energy_source="estimate",
                    )
                    topic = topics.up(name, "telemetry")
                    self.rig.broker.route(topic, encode(window), False)
        self.rig.settle()

    def version_of(self, _name: str) -> int:
        """Of the configuration that is in force on a device."""
        return 0

    def slowness_of(self, _name: str) -> float:
        """By how much a device is slower than its variant alone would be."""
        return 1.0

    def live(self, looks: int = 1) -> None:
        """Devices do as they do, and the controller looks."""
        for _ in range(looks):
            self.obey()
            self.measure()
            self.rig.wait(LOOK_S)

    def live_on(self, rollout: str, most_looks: int = 40) -> None:
        """The same until a rollout runs no more."""
        for _ in range(most_looks):
            self.live()
            if self.rig.store.rollout(rollout).state is not RolloutState.RUNNING:
                break

    def serving(self) -> dict[str, str]:
        """Device -> variant."""
        states = {name: self.rig.store.device_state(name).serving for name in self.names}
        return {name: point.variant if point else "" for name, point in states.items()}

    def deployments(self, name: str, variant: str = "new") -> list[DeploymentRecord]:
        """Of a device, those of variants that begin so."""
        found = self.rig.store.deployments(name)
        return [one for one in found if one.variant.startswith(variant)]
