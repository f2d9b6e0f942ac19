"""The demo's promises are checked on its own report."""

from lamplighter_demo.report.checks import MOST_CHUNKS_SENT_AGAIN, check
from lamplighter_demo.report.schema import (
    Clocks,
    Counts,
    DeploymentEntry,
    DeviceReport,
    Frames,
    Observed,
    PlanEntry,
    Predicted,
    Recompression,
    ShiftEntry,
    SwitchedOff,
)


def plan(variant: str) -> PlanEntry:
    return PlanEntry(
        at=1.0,
        recipe="int8-full",
        variant=variant,
        size="384x288",
        regime="day-dry-free",
        reasons=["because"],
        predicted=Predicted(),
        observed=Observed(),
    )


def deployment(outcome: str, injected: str = "") -> DeploymentEntry:
    return DeploymentEntry(
        rev=1, variant="a", outcome=outcome, reason="", injected=injected, phases=[]
    )


def device(name: str, **fields: object) -> DeviceReport:
    given: dict[str, object] = {
        "plans": [plan(name)],
        "deployments": [deployment("committed")],
        "shifts": [ShiftEntry(at=1.0, from_="a", to="b", evidence={})],
        "frames": Frames(served=5),
    }
    return DeviceReport(
        id=name,
        hardware="box",
        envelope={},
        realised_by="",
        counts=Counts(),
        truth_ap50=None,
        **(given | fields),  # type: ignore[arg-type]
    )


def answer(kind: str, justified: bool = True) -> Recompression:
    return Recompression(
        device="a",
        trigger="shift",
        from_variant="a",
        to_variant="b",
        kind=kind,
        bytes_sent=0,
        size_bytes=1,
        justified=justified,
        replayed_gain=1.0,
        seconds=Clocks(),
    )


CUT = device("cut", deployments=[deployment("rejected", injected="quota cut")])
OFF = device("off", switched_off=SwitchedOff(finished=True, chunks_sent_again=3))
ANSWERS = [answer("ladder"), answer("cached"), answer("rebuilt")]


def test_a_whole_city_that_showed_everything_keeps_every_promise() -> None:
    assert all(check([CUT, OFF], ANSWERS).values())


def test_each_promise_can_be_missed() -> None:
    def missed(devices: list[DeviceReport], answers: list[Recompression]) -> set[str]:
        return {name for name, kept in check(devices, answers).items() if not kept}

    unjustified = [answer(kind, justified=False) for kind in ("ladder", "cached", "rebuilt")]
    assert len(missed([CUT, OFF], unjustified)) == 3
    assert missed([OFF, device("b")], ANSWERS) == {"variant_refused_on_device"}
    again = SwitchedOff(finished=True, chunks_sent_again=MOST_CHUNKS_SENT_AGAIN + 1)
    for off in (SwitchedOff(), again, SwitchedOff(finished=False, chunks_sent_again=0)):
        lost = device("off", switched_off=off)
        assert missed([CUT, lost], ANSWERS) == {"transfer_survived_power_cut"}
    blind = [device(n, shifts=[], frames=Frames(), deployments=[]) for n in ("a", "a")]
    assert {"every_device_serves", "shifts_detected"} <= missed(blind, [])


def test_part_of_the_city_promises_what_it_can_show() -> None:
    kept = check([device("gateway")], [], whole_city=False)
    assert kept and all(kept.values())
