"""One device's part of the report, from documents of the API."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_client.documents import Choice, Deployment, Device, Event, Plan, PlanEntry
from lamplighter_demo.city.faults import Outage, QuotaCut
from lamplighter_demo.city.running import City
from lamplighter_demo.report.collecting import DeviceHistory
from lamplighter_demo.report.device_report import counted, device_report
from lamplighter_demo.report.schema import DeviceReport, SwitchedOff
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import (
    OperatingPoint,
    Prediction,
    Regime,
    Reported,
    Shift,
    Telemetry,
    Transfer,
    Workload,
)

from tests.simulators.demo_city import DEVICE, STARTED_AT, demo_city

SMALL = OperatingPoint(variant="int8-p50", width=256, height=192)
LARGE = OperatingPoint(variant="int8-p50", width=384, height=288)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = demo_city(tmp_path)
    yield made
    made.api.close()
    made.agents[DEVICE.id].realised.close()


def plan(at: float, point: OperatingPoint | None = None) -> PlanEntry:
    predicted = Prediction(latency_p95_ms=50.0, energy_mj_per_frame=90.0, expected_ap50=0.8)
    choice = point and Choice(recipe="int8-p50", point=point, predicted=predicted)
    document = Plan(primary=choice, reasons=["because"])
    variant = point.variant if point else ""
    return PlanEntry(at=STARTED_AT + at, variant=variant, regime="day-dry-free", document=document)


def window(at: float, point: OperatingPoint, latency_ms: float, **changes: object) -> Telemetry:
    whole = Telemetry(
        start=STARTED_AT + at,
        seconds=5.0,
        serving=point,
        frames=25,
        dropped=1,
        latency_p95_ms=latency_ms,
        energy_mj_per_frame=latency_ms,
        energy_source="estimate",
    )
    return msgspec.structs.replace(whole, **changes)


def deployment(at: float, outcome: Outcome, *phases: tuple[str, float], **wire: int) -> Deployment:
    reported = Reported(
        phases=[(name, STARTED_AT + seconds) for name, seconds in phases],
        transfer=Transfer(**wire),
    )
    return Deployment(
        device="cam-1", revision=1, at=STARTED_AT + at, outcome=outcome, reported=reported
    )


def report_of(city: City, **parts: list[object]) -> DeviceReport:
    empty: dict[str, list[object]] = {
        "plans": [],
        "deployments": [],
        "telemetry": [],
        "events": [],
    }
    history = DeviceHistory(device=Device(id="cam-1"), **(empty | parts))  # type: ignore[arg-type]
    return device_report(city, DEVICE, history, None)


def test_a_plan_stands_beside_what_was_observed_under_it(city: City) -> None:
    plans: list[object] = [plan(1.0, SMALL), plan(20.0, LARGE)]
    windows: list[object] = [
        window(2.0, SMALL, 30.0),
        window(7.0, SMALL, 40.0, disturbed=True),
        window(12.0, SMALL, 50.0, reference_agreement_f1=0.9),
        window(15.0, LARGE, 500.0),  # of the next plan, and too early for it
        window(22.0, LARGE, 60.0),
        window(27.0, LARGE, 70.0, frames=0),
    ]
    first, second = report_of(city, plans=plans, telemetry=windows).plans
    assert (first.at, first.size, first.recipe) == (1.0, "256x192", "int8-p50")
    assert first.predicted.latency_p95_ms == 50.0
    assert first.observed.latency_p95_ms == 40.0
    assert first.observed.energy_mj_per_frame == 40.0, "of the calm windows"
    assert first.observed.reference_agreement_f1 == 0.9
    assert second.observed.latency_p95_ms == 60.0


def test_a_plan_for_nothing_has_its_reasons(city: City) -> None:
    (entry,) = report_of(city, plans=[plan(1.0)]).plans
    assert (entry.size, entry.variant, entry.reasons) == ("0x0", "", ["because"])
    assert entry.observed.latency_p95_ms is None


def test_a_device_that_was_never_planned_for_is_reported(city: City) -> None:
    assert report_of(city).plans == []


def test_a_deployment_names_the_fault_that_was_provoked_meanwhile(city: City) -> None:
    city.cuts.append(QuotaCut("cam-1", STARTED_AT + 12, STARTED_AT + 15, 0.1))
    during = deployment(10.0, Outcome.REJECTED, ("FETCHING", 11.0), ("REJECTED", 14.0))
    after = deployment(30.0, Outcome.COMMITTED, ("FETCHING", 31.0))
    first, second = report_of(city, deployments=[during, after]).deployments
    assert first.injected == "CPU quota cut to 0.1 core while fetching"
    assert [phase.at for phase in first.phases] == [11.0, 14.0]
    assert second.injected == ""


@pytest.mark.parametrize(
    ("staged", "tried", "is_injected"), [(13.0, 14.0, True), (16.0, 17.0, False)]
)
def test_a_fault_is_of_the_revision_that_was_tried_under_it(
    city: City, staged: float, tried: float, is_injected: bool
) -> None:
    city.cuts.append(QuotaCut("cam-1", STARTED_AT + 12, STARTED_AT + 15, 0.1))
    phases = [("FETCHING", 11.0), ("STAGED", staged), ("PROBATION", tried), ("COMMITTED", 20.0)]
    (entry,) = report_of(
        city, deployments=[deployment(10.0, Outcome.COMMITTED, *phases)]
    ).deployments
    assert bool(entry.injected) is is_injected


def test_an_order_without_a_report_is_under_way(city: City) -> None:
    order = Deployment(device="cam-1", revision=2, at=STARTED_AT)
    (entry,) = report_of(city, deployments=[order]).deployments
    assert (entry.outcome, entry.phases) == ("under way", [])


def test_shifts_are_told_in_words(city: City) -> None:
    jam = Workload(regime=Regime(density="jam"), fps_demand=8.0)
    data = msgspec.to_builtins(Shift(after=jam, evidence={"density": 9.0}))
    event = Event(at=STARTED_AT + 50, kind="workload_shift", data=data)
    (shift,) = report_of(city, events=[event, Event(kind="online")]).shifts
    assert (shift.at, shift.from_, shift.to) == (
        50.0,
        "day-dry-free at 5.0 fps",
        "day-dry-jam at 8.0 fps",
    )
    assert shift.evidence == {"density": 9.0}


def test_frames_of_the_run_and_crossings_of_the_day_are_counted(city: City) -> None:
    counts = {"line/in": {"car": 3, "bus": 1}}
    windows: list[object] = [
        window(2.0, SMALL, 30.0, counts=counts),
        window(41.0, SMALL, 30.0, counts=counts),
    ]
    report = report_of(city, telemetry=windows)
    assert (report.frames.served, report.frames.dropped) == (50, 2)
    assert report.counts.reported == 4
    assert report.counts.truth > 0
    assert report.counts.count_error and report.counts.promised is None, "no plan spoke of it"


def test_the_error_of_counts_is_the_one_that_plans_promise() -> None:
    true = Counter({"south/in": 6, "south/out": 4})
    counts = {"south/in": {"car": 8}, "south/out": {"car": 3}, "south/to-south": {"car": 3}}
    made = counted([Telemetry(counts=counts)], true, 0.2)
    assert (made.reported, made.truth) == (11, 10), "turns are the same road users"
    assert (made.count_error, made.promised) == (0.3, 0.2)
    assert counted([], Counter(), None).count_error is None


def test_the_first_variant_counts_from_the_first_words(city: City) -> None:
    events: list[object] = [Event(at=STARTED_AT + 3, kind="online")]
    committed = deployment(4.0, Outcome.COMMITTED, ("PROBATION", 9.5))
    report = report_of(city, events=events, deployments=[committed])
    assert report.seconds_to_first_variant == 6.5
    assert report_of(city, events=events).seconds_to_first_variant is None


def test_a_power_cut_tells_what_was_sent_again(city: City) -> None:
    city.outages.append(Outage("cam-1", STARTED_AT + 11, STARTED_AT + 16, 12))
    received = {"chunks_total": 31, "chunks_received": 31, "chunks_requested": 35}
    cut = deployment(10.0, Outcome.COMMITTED, ("STAGED", 17.0), **received)
    report = report_of(city, deployments=[cut, deployment(30.0, Outcome.REJECTED)])
    assert msgspec.to_builtins(report.switched_off) == {
        "off_at": 11.0,
        "on_at": 16.0,
        "chunks_held": 12,
        "chunks_received": 31,
        "chunks_total": 31,
        "chunks_sent_again": 4,
        "finished": True,
    }


@pytest.mark.parametrize(("reached", "finished"), [("STAGED", True), ("FETCHING", False)])
def test_a_transfer_is_finished_when_its_files_are_verified(
    city: City, reached: str, finished: bool
) -> None:
    city.outages.append(Outage("cam-1", STARTED_AT + 11, STARTED_AT + 16, 12))
    cut = deployment(10.0, Outcome.REJECTED, (reached, 17.0))
    assert report_of(city, deployments=[cut]).switched_off.finished is finished


def test_a_device_that_kept_its_power_has_nothing_to_tell(city: City) -> None:
    switched_off = report_of(city).switched_off
    assert switched_off == SwitchedOff()
    assert msgspec.to_builtins(switched_off) == {}
