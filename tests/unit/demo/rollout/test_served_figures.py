"""Whether a device serves worse is judged by its own measure."""

from lamplighter_client.documents import TelemetryEntry
from lamplighter_demo.rollout.schema import ServedFigures
from lamplighter_demo.rollout.served_figures import compare, figures_of
from lamplighter_wire.messages import OperatingPoint


def window(latency_ms: float, **more: object) -> TelemetryEntry:
    given = {"frames": 10, "serving": OperatingPoint(variant="a"), **more}
    return TelemetryEntry(latency_p95_ms=latency_ms, **given)  # type: ignore[arg-type]


def test_a_median_of_windows_that_say_something() -> None:
    told = [window(10.0), window(12.0), window(50.0), window(1.0, frames=0)]
    told += [window(90.0, serving=OperatingPoint())]
    figures = figures_of(told)
    assert figures is not None
    assert (figures.latency_p95_ms, figures.variant) == (12.0, "a")
    settling = [window(20.0, disturbed=True, energy_mj_per_frame=900.0)]
    quiet = [window(20.0, energy_mj_per_frame=100.0)]
    only, both = figures_of(settling), figures_of([*settling, *quiet])
    assert only is not None and both is not None
    assert (only.latency_p95_ms, only.energy_mj_per_frame) == (20.0, 0.0)
    assert both.energy_mj_per_frame == 100.0, "a deployment's own work is no frame's"
    assert figures_of([window(1.0, frames=0)]) is None


def test_each_is_compared_with_itself() -> None:
    before = {
        "a": ServedFigures(latency_p95_ms=50.0, energy_mj_per_frame=100.0),
        "b": ServedFigures(latency_p95_ms=4.0, energy_mj_per_frame=10.0),
        "c": ServedFigures(latency_p95_ms=50.0),
        "d": None,
    }
    after = {
        "a": ServedFigures(latency_p95_ms=59.0, energy_mj_per_frame=130.0),
        "b": ServedFigures(latency_p95_ms=6.5, energy_mj_per_frame=12.0),
        "c": ServedFigures(latency_p95_ms=20.0, dropped_share=0.05),
        "d": ServedFigures(),
    }
    service = compare(before, after, ["b"])
    found = {(worse.device, worse.figure) for worse in service.worse}
    assert found == {("a", "energy_mj_per_frame"), ("c", "dropped_share")}
    assert (service.compared, service.not_heard, list(service.real)) == (3, ["d"], ["b"])
    assert service.latency_ratio == 1.18


def test_what_the_machine_changes_for_all_counts_for_none() -> None:
    figures = ServedFigures(latency_p95_ms=50.0)
    slower = ServedFigures(latency_p95_ms=100.0)
    before = {"told": figures, "control": figures, "simulated": figures}
    after = {"told": slower, "control": slower, "simulated": slower}
    service = compare(before, after, ["told", "control"], "control")
    assert [worse.device for worse in service.worse] == ["simulated"]
    assert service.drift == 2.0
