"""`lamplighter bench controller`: what a fleet costs its controller, without devices or a broker.

The controller's own routes, services and database (on disk, every commit synced) get encoded
messages of pretended devices. Each rate stands beside the same work one message at a time.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import observed
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.garbage import collect_seldom
from lamplighter_controller.services.builder import Progress
from lamplighter_controller.services.fleet import rollup
from lamplighter_wire.codec import encode
from lamplighter_wire.decoders.names import DECODERS
from lamplighter_wire.enums import Outcome, Precision
from lamplighter_wire.messages import (
    Capabilities,
    Event,
    OperatingPoint,
    Probe,
    ProbeEntry,
    Reported,
    Telemetry,
)
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, pixels
from lamplighter_wire.tasks.detection import REGIMES

from lamplighter_demo.benchmarks.empty_database import check_empty, empty
from lamplighter_demo.benchmarks.fleet_reading import bench_reading
from lamplighter_demo.benchmarks.pretended_fleet import PretendedFleet
from lamplighter_demo.benchmarks.telemetry_volume import bench_volume
from lamplighter_demo.city.running import Notify
from lamplighter_demo.work_folder import work_folder

FLEETS = (10, 100, 1000)
READ_FLEETS = (1000, 10_000)
HISTORIES = (10, 1000, 10_000)
CATALOGUES = (4, 40, 400)
WINDOWS = 3000
ONE_BY_ONE = 300
WINDOWS_PER_EVENT = 5
PLANS = 10
HARDWARE_CLASSES = 21
POINT = OperatingPoint(variant="v0", width=384, height=288, threads=1)


class NoWorkshop:
    """Offers what exists and builds nothing."""

    def __init__(self, specs: Sequence[VariantSpec]) -> None:
        self._specs = specs

    def build_for(self, machine: str) -> None:
        """It offers what it has."""

    def offers(self) -> Sequence[VariantSpec]:
        return self._specs

    def is_preparing(self) -> bool:
        return False

    def models_state(self) -> object:
        return None

    def may_offer_more(self) -> bool:
        return False

    def build(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        raise NotImplementedError

    def cancel(self, variant: str) -> bool:  # noqa: ARG002 - as all workshops
        return False

    def evaluate(self, spec: VariantSpec, progress: Progress) -> "Future[VariantSpec]":
        raise NotImplementedError


def bench_controller(folder: Path, notify: Notify, database: str = "") -> dict[str, Any]:
    """Telemetry by size of the fleet, and what it takes on disk; plans by size of history and
    catalogue; the fleet's sums.

    `database`: URL of an empty one, which is left empty; else SQLite in the folder.

    Raises:
        StoreError: the database is not empty, or cannot be used.
        DemoError: the folder holds files of others, or cannot be used.
    """
    check_empty(database)
    collect_seldom()  # as the controller does
    with work_folder(folder) as place:
        return _measured(place, notify, database)


def _measured(folder: Path, notify: Notify, database: str) -> dict[str, Any]:
    fleets = {}
    for devices in FLEETS:
        fleets[str(devices)] = _fleet(folder / str(devices), devices, database)
        notify(f"{devices} devices: {fleets[str(devices)]}")
    reading = {}
    for devices in READ_FLEETS:
        reading[str(devices)] = _reading(folder / f"read-{devices}", devices, database)
        notify(f"reading {devices} devices: {reading[str(devices)]}")
    empty(database)
    volume = bench_volume(folder / "volume", database)
    empty(database)
    notify(f"telemetry on disk: {volume}")
    return {
        "fleets": fleets,
        "reading_cpu_ms": reading,
        "volume": volume,
        "plan_cpu_ms_by_history": {str(n): _plan_ms(n, CATALOGUES[0]) for n in HISTORIES},
        "plan_cpu_ms_by_variants": {str(n): _plan_ms(HISTORIES[1], n) for n in CATALOGUES},
    }


def _fleet(folder: Path, devices: int, database: str) -> dict[str, float]:
    fleet = _empty_fleet(folder, database)
    try:
        for number in range(devices):
            fleet.admit(_member(devices, number), _capabilities(number), _probe(number))
        cpu, started = time.process_time(), time.perf_counter()
        waited = fleet.start_over()
        planned_s, cpu = time.perf_counter() - started, time.process_time() - cpu
        restarted_s = _seconds(fleet.start_over)
        together = _windows(fleet, devices, WINDOWS, first=0)
        alone = _windows(fleet, devices, ONE_BY_ONE, first=WINDOWS, wait_each=True)
        mixed = _windows(fleet, devices, WINDOWS, first=WINDOWS + ONE_BY_ONE, with_events=True)
        return {
            "planned_s": round(planned_s, 2),
            "plan_and_order_cpu_ms": round(1e3 * cpu / devices, 2),
            "restarted_s": round(restarted_s, 2),
            "operator_waits_ms": round(1e3 * max(waited, default=0.0), 1),
            "windows_per_s": together["per_s"],
            "cpu_ms_per_window": together["cpu_ms"],
            "windows_per_s_among_events": mixed["per_s"],
            "windows_per_s_one_by_one": alone["per_s"],
            "cpu_ms_per_window_one_by_one": alone["cpu_ms"],
            "ratio": round(together["per_s"] / alone["per_s"], 1),
            "rollup_ms": round(1e3 * _seconds(lambda: rollup(fleet.store)), 1),
            "kept": sum(
                len(fleet.store.telemetry(_member(devices, n), limit=WINDOWS))
                for n in range(devices)
            ),
        }
    finally:
        fleet.close()


def _empty_fleet(folder: Path, database: str) -> PretendedFleet:
    empty(database)
    return PretendedFleet(folder, NoWorkshop(_specs(CATALOGUES[0])), database)


def _reading(folder: Path, devices: int, database: str) -> dict[str, float]:
    with fleet_of_one(folder, database) as (fleet, name):
        return bench_reading(fleet, name, devices)


@contextmanager
def fleet_of_one(folder: Path, database: str = "") -> Iterator[tuple[PretendedFleet, str]]:
    """A device that serves, has reported and sends telemetry, and its name."""
    fleet, name = _empty_fleet(folder, database), "original"
    try:
        fleet.admit(name, _capabilities(0), _probe(0))
        fleet.start_over()
        (deployment,) = fleet.store.deployments(name)
        reported = Reported(
            device=name,
            revision=deployment.revision,
            outcome=Outcome.COMMITTED,
            phase="COMMITTED",
            variant=deployment.variant,
            serving=POINT,
            phases=[("VERIFYING", 1.0), ("STAGED", 2.0), ("PROBATION", 3.0), ("COMMITTED", 4.0)],
        )
        fleet.say(name, "reported", encode(reported))
        fleet.say(name, "telemetry", encode(_window(name, 0, time.time())))
        fleet.settle()
        yield fleet, name
    finally:
        fleet.close()


def _windows(
    fleet: PretendedFleet,
    devices: int,
    count: int,
    *,
    first: int,
    wait_each: bool = False,
    with_events: bool = False,
) -> dict[str, float]:
    """Windows in the order of the devices; events are of the device whose window is due last."""
    now = time.time()
    messages = []
    for number in range(first, first + count):
        name = _member(devices, number % devices)
        messages.append((name, "telemetry", encode(_window(name, number, now))))
        if with_events and number % WINDOWS_PER_EVENT == 0:
            other = _member(devices, (number - 1) % devices)
            event = Event(device=other, seq=number + 1, at=now, kind="note", text="something")
            messages.append((other, "event", encode(event)))
    cpu, started = time.process_time(), time.perf_counter()
    for message in messages:
        fleet.say(*message)
        if wait_each:
            fleet.settle()
    fleet.settle()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"per_s": round(count / seconds), "cpu_ms": round(1e3 * cpu / count, 3)}


def _plan_ms(history: int, variants: int) -> float:
    specs, experience = _specs(variants), Experience()
    for number in range(history):
        for spec in specs[:2]:
            for latency_ms in (20.0, 21.0, 22.0):
                seen = observed(_view(number), spec, 384, 288, latency_p50_ms=latency_ms)
                experience.add(seen)
    view = _view(HARDWARE_CLASSES)  # of the class of device 0, itself among those that taught
    started = time.process_time()
    for _ in range(PLANS):
        choose(view, Objective(), specs, experience.predictor(view))
    return round(1e3 * (time.process_time() - started) / PLANS, 2)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _member(devices: int, number: int) -> str:
    """One of a fleet of so many."""
    return f"of-{devices}-{number}"


def _name(number: int) -> str:
    return f"pretended-{number}"


def _view(number: int) -> DeviceView:
    return DeviceView(_name(number), _capabilities(number), _probe(number))


def _capabilities(number: int) -> Capabilities:
    return Capabilities(
        device=_name(number),
        machine="x86_64",
        cores=1 + number % HARDWARE_CLASSES,
        memory_bytes=1 << 31,
        runtimes={"onnxruntime": "1"},
        decoders=sorted(DECODERS),
        idle_w=2.0,
        active_w_per_core=4.0,
    )


def _probe(number: int) -> Probe:
    entries = [
        ProbeEntry(name=name, latency_p50_ms=ms, latency_p95_ms=1.2 * ms, work_mmac=100.0)
        for name, ms in (("dense_fp32", 5.0), ("dense_int8", 3.0))
    ]
    return Probe(device=_name(number), seconds=1.0, entries=entries)


def _window(device: str, number: int, now: float) -> Telemetry:
    return Telemetry(
        device=device,
        seq=number + 1,
        start=now + number,
        seconds=10.0,
        serving=POINT,
        frames=50,
        fps_demand=5.0,
        fps_served=5.0,
        latency_p50_ms=20.0 + number % 7,
        latency_p95_ms=30.0,
        power_w=3.0,
        energy_mj_per_frame=80.0,
        counts={"north/in": {"car": 3}},
    )


def _specs(count: int) -> list[VariantSpec]:
    """Built variants that differ in work and accuracy."""
    work = {size: pixels(size) / pixels("384x288") for size in DEFAULT_SIZES}
    spec = VariantSpec(id="", model="m", size_bytes=2_000_000, manifest="a" * 64)
    return [
        msgspec.structs.replace(
            spec,
            id=f"v{i}",
            recipe=f"r{i}",
            precision=(Precision.FP32, Precision.INT8)[i % 2],
            mmac={size: (100 + 30 * (i % 13)) * share for size, share in work.items()},
            expected_ap50={
                size: dict.fromkeys(REGIMES, 0.6 + 0.2 * (i % 97) / 97) for size in work
            },
        )
        for i in range(count)
    ]
