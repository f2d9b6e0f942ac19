"""What is looked at of a front: letters, order, marks, the picture, and two points compared."""

import pytest
from lamplighter_client.documents import FleetRow, Job
from lamplighter_client.documents.making.fronts import Front, FrontPoint
from lamplighter_client.documents.making.transfers import TransferEntry
from lamplighter_client.making.costs import Cost, name_of
from lamplighter_dashboard.actions.making_actions import build, call_off, cancel
from lamplighter_dashboard.actions.proposal import NotYetError
from lamplighter_dashboard.model.front_view import FrontView, classes, marked, prefixed
from lamplighter_dashboard.themes.palettes import DARK, PALETTES
from lamplighter_dashboard.widgets.front_plot import plot_text, scale_of
from lamplighter_dashboard.words.making.points import compared, progress_bar, standing
from lamplighter_dashboard.words.making.transfers import received_text, spared_text
from lamplighter_wire.messages import Limits, Prediction

TONES = PALETTES[DARK].tones


def point(name: str, latency_ms: float, ap50: float, **more: object) -> FrontPoint:
    predicted = Prediction(latency_p95_ms=latency_ms, expected_ap50=ap50)
    return FrontPoint(variant=name, size="384x288", predicted=predicted, **more)  # type: ignore[arg-type]


FRONT = Front(
    device="cam-1",
    limits=Limits(latency_p95_ms=40.0),
    points=[
        point("worse", 35.0, 0.78),
        point("slow", 30.0, 0.86, is_serving=True),
        point("refused", 5.0, 0.9, rejected_because="refused on this device: SLOWER"),
        point("quick", 10.0, 0.80),
        FrontPoint(variant="unknown", size="384x288", rejected_because="the device lacks avx512"),
    ],
)


def test_letters_are_of_what_nothing_beats_and_come_first() -> None:
    view = FrontView(FRONT)
    assert view.letters == {"quick@384x288": "a", "slow@384x288": "b"}
    assert [p.variant for p in view.rows] == ["quick", "slow", "worse", "refused", "unknown"]
    assert {p.variant for p in view.drawn} == {"quick", "slow", "worse"}
    assert view.named("slow@384x288") is FRONT.points[1]


@pytest.mark.parametrize("columns", [10, 40, 100])
@pytest.mark.parametrize("rows", [4, 9, 20])
def test_the_picture_has_each_point_in_its_place(columns: int, rows: int) -> None:
    view = FrontView(FRONT)
    lines = plot_text(view, columns, rows, TONES, ["worse@384x288"]).plain.splitlines()
    assert len(lines) == rows + 2
    assert all(len(line) <= columns + 6 for line in lines[: rows + 1])
    scale = scale_of(view, columns, rows)
    for name, ap50, latency_ms in (("a", 0.80, 10.0), ("b", 0.86, 30.0)):
        assert lines[scale.row(ap50)][6 + scale.column(latency_ms)] == name
    assert "│" in lines[0], "the limit of the latency"
    assert "MiB" not in lines[-1]


def test_without_figures_there_is_no_picture() -> None:
    assert "No point" in plot_text(FrontView(FRONT, Cost.ENERGY), 40, 8, TONES, []).plain


def test_two_are_marked_at_most() -> None:
    assert marked(["a", "b"], "c") == ["b", "c"]
    assert marked(["a", "b"], "a") == ["b"]
    assert prefixed(["cam-2", "cam-1"], "cam") == "cam-1"


def test_devices_that_are_alike_are_a_class() -> None:
    rows = [FleetRow(id=name, hardware=kind) for name, kind in (("c", "x"), ("b", "y"), ("a", "y"))]
    assert classes([*rows, FleetRow(id="d")]) == [["a", "b"], ["c"]]


def test_two_points_are_compared_in_words() -> None:
    text = "".join(part for part, _ in compared(FRONT.points[3], FRONT.points[1]))
    assert "AP50 0.80 → 0.86: 6.0 points more" in text
    assert "latency 10.0 → 30.0 ms: 200 % more" in text
    assert "energy ? → ? mJ a frame\n" in text, "what is not known is no 0"
    assert "no energy" in text, "why it is not"


def test_what_stands_in_the_way_is_said() -> None:
    assert standing(FRONT.points[1]) == ("● serving", "well")
    assert standing(FRONT.points[2])[0] == "refused on this device: SLOWER"
    assert standing(point("x", 1.0, 0.5, broken={"power": 0.2}, built=True)) == (
        "breaks power by 20 %",
        "error",
    )
    assert standing(FRONT.points[3]) == ("not built yet", "warning")
    assert progress_bar(0.42) == "████░░░░░░ 42 %"


def test_transfers_say_what_is_missing_and_what_was_spared() -> None:
    way = TransferEntry(size_bytes=2**22, received_bytes=2**20, chunks_total=9, chunks_missing=4)
    assert received_text(way) == "1.0 of 4.0 MiB, 4 of 9 chunks missing"
    there = TransferEntry(outcome="committed", size_bytes=2**22, received_bytes=2**20)
    assert spared_text(there) == "75 % spared"
    assert spared_text(TransferEntry(delta_bytes=2**19)) == "delta of 0.5 MiB"


def test_what_makes_no_sense_is_not_proposed() -> None:
    built = point("x", 1.0, 0.5, built=True)
    with pytest.raises(NotYetError, match="built already"):
        build(built).build({})
    with pytest.raises(NotYetError, match="ended already"):
        cancel(Job(id="1", state="done")).build({})
    with pytest.raises(NotYetError, match="ended already"):
        call_off(TransferEntry(outcome="committed")).build({"reason": "r", "hours": "1"})
    (request,) = build(FRONT.points[3]).build({}).requests
    assert request.path == "/variants/quick/build"
    assert name_of(built) == "x@384x288"
