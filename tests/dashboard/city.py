"""A small fleet behind the real API: six devices with something to say, and some with trouble."""

from pathlib import Path

import msgspec
from fastapi import FastAPI
from lamplighter_controller.api.app import create_app
from lamplighter_recipes.recipe.schema import Recipe, Step
from lamplighter_wire.messages import Event, Regime, Telemetry, Transfer

from tests.simulators.controller_rig import Device, Rig, spec

OFFERS = [
    spec("nanodet-full-3f2a91", 0.86, 900.0),
    spec("int8-full-3f2a91", 0.85, 900.0, precision="int8"),
    spec("int8-p50-77c0de", 0.80, 300.0, precision="int8"),
]
NOT_BUILT = "int8-neon-0b1d2f"
RECIPES = {
    name: Recipe(
        name=name,
        summary=summary,
        parent=parent,
        prepare=[Step(technique="distill", params={"teacher": "nanodet-full", "minutes": 35})],
    )
    for name, summary, parent in (
        ("nanodet-full-3f2a91", "The whole network.", "nanodet-full"),
        ("int8-full-3f2a91", "The whole network in 8 bits.", "nanodet-full"),
        (NOT_BUILT, "For ARM, in 8 bits.", "nanodet-p50"),
        ("int8-p50-77c0de", "Half the channels, in 8 bits.", "nanodet-p50"),
    )
}
WINDOW_S = 5.0
QUARTER_S, DAY_S = 900.0, 86_400.0
# Crossings in a quarter of an hour, by the hour of the day.
BY_HOUR = (1, 0, 0, 0, 1, 3, 9, 21, 26, 14, 11, 12, 15, 13, 12, 14, 19, 27, 22, 12, 7, 5, 3, 2)


class FleetOfSix:
    """gateway-1 is well; each of the others has a trouble of its own."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(folder, OFFERS)
        self.token = self.rig.services.access.make_token("test", "viewer")
        self.app: FastAPI = create_app(self.rig.services, recipes=lambda: RECIPES, counters=dict)
        self.seq = 0
        self.gateway = self._device("gateway-1", 8.0)
        self.box = self._device("box-1", 20.0)
        self.weak = self._device("cam-weak", 60.0, cpu_quota_cores=0.25)
        self.solar = self._device("solar-1", 25.0, power_budget_w=2.5)
        self.small = self._device("cam-small", 40.0)
        self.rig.device("cam-new")
        self._refuse_all(self.small)
        for device in (self.gateway, self.box, self.weak, self.solar):
            self._commit(device)
        self._measure()
        self._go_wrong()
        self._count_a_day()
        offered = spec(NOT_BUILT, 0.79, 250.0, precision="int8", built=False)
        self.rig.workshop.offer(msgspec.structs.replace(offered, needs=["neon"]))
        self.rig.services.catalogue.forget()

    def _device(self, name: str, dense_ms: float, **capabilities: object) -> Device:
        device = self.rig.device(name, cpu_model="Test CPU 2.4 GHz", isa=["avx2"], **capabilities)
        self.rig.store.update_device(name, online=True, last_seen=self.rig.clock.time())
        device.introduce(dense_ms, dense_ms / 2)
        return device

    def _commit(self, device: Device) -> None:
        transfer = Transfer(chunks_total=31, bytes_received=61_440, chunks_received=31)
        device.report("committed", phase="COMMITTED", transfer=transfer)

    def _refuse_all(self, device: Device) -> None:
        """Until the planner has nothing left to offer."""
        revision = 0
        while device.desired.revision != revision:
            revision = device.desired.revision
            trial = device.trial(61.0, 22.0)
            device.report("rejected", "SLOWER", phase="REJECTED", trial=trial)

    def window(self, device: Device, at: float, **changes: object) -> None:
        """One telemetry window that begins at wall time `at`."""
        self.seq += 1
        figures: dict[str, object] = {
            "serving": device.desired.primary.point,
            "regime": Regime(light="day", weather="dry", density="jam"),
            "frames": 25,
            "fps_demand": 5.0,
            "fps_served": 5.0,
            "latency_p50_ms": 21.0 + self.seq % 5,
            "latency_p95_ms": 28.0 + self.seq % 7,
            "energy_mj_per_frame": 88.0 + self.seq % 9,
            "energy_source": "estimate",
            "power_w": 2.4,
        }
        window = Telemetry(device=device.name, seq=self.seq, start=at, seconds=WINDOW_S)
        document = {name: getattr(window, name) for name in ("device", "seq", "start", "seconds")}
        device.say("telemetry", Telemetry(**document, **(figures | changes)))  # type: ignore[arg-type]

    def _measure(self) -> None:
        begin = self.rig.clock.time()
        for index in range(12):
            at = begin + index * WINDOW_S
            self.rig.clock.advance(WINDOW_S)
            self.window(self.gateway, at)
            self.window(self.box, at)
            self.window(self.weak, at, dropped=3, frames=22, fps_served=4.4)
            self.window(self.solar, at, power_w=2.81)
        self.rig.settle()

    def _go_wrong(self) -> None:
        now = self.rig.clock.time()
        self.rig.store.update_device("box-1", online=False, last_seen=now - 660.0)
        text = "workload shift: day-dry-free at 8.0 fps to day-dry-jam at 5.0 fps"
        self.gateway.say(
            "event",
            Event(device="gateway-1", seq=1, at=now, kind="workload_shift", text=text),
        )

    def _count_a_day(self) -> None:
        """Of the box: rush hours, night at both ends, and an hour of which nothing is known."""
        now = self.rig.clock.time()
        begin = now // DAY_S * DAY_S
        quarters = range(int((now - begin) // QUARTER_S))
        windows = [_quarter(n, begin) for n in quarters if not 52 <= n < 57]
        self.rig.store.add_telemetry(windows, now)

    def close(self) -> None:
        self.rig.close()


def _quarter(number: int, begin: float) -> Telemetry:
    """Watched for a half only behind the time without a camera."""
    hour, many = number // 4, BY_HOUR[number // 4]
    is_night, is_half = not 6 <= hour < 19, number == 57
    return Telemetry(
        device="box-1",
        seq=100_000 + number,
        start=begin + number * QUARTER_S,
        seconds=QUARTER_S / 2 if is_half else QUARTER_S,
        frames=4500,
        regime=Regime(
            light="night" if is_night else "day",
            weather="wet" if 9 <= hour < 12 else "dry",
            density="jam" if many > 18 else "free",
        ),
        counts={
            "north/in": {"car": many, "bicycle": many // 4},
            "south/out": {"car": many // 2, "bus": 1 if many else 0},
        },
    )
