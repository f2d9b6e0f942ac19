"""One device's page: what it does, why, its updates, what it is, and its charts."""

import pytest
from lamplighter_controller.store.records import EventRecord
from lamplighter_dashboard.model.device_charts import marks_of
from lamplighter_dashboard.screens.device import DeviceScreen
from lamplighter_dashboard.widgets.series_plot import SeriesPlot
from textual.widgets import DataTable

from tests.dashboard.conftest import ServedFleet
from tests.dashboard.driving import NARROW, WIDE, Session


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_page_tells_what_why_and_since_when(city: ServedFleet, size: tuple[int, int]) -> None:
    async def steps(seen: Session) -> None:
        screen = await seen.opened("cam-weak")
        assert "serves int8-" in seen.text("#line")
        assert "AP50" in seen.text("#line")
        assert "loses 12 %" in seen.text("#trouble")
        titles, rows = screen.exported()
        assert {"stream", "crossings_per_min"} <= set(titles)
        assert len(rows) == 12
        plot = screen.query_one("#latency", SeriesPlot)
        assert plot.size.height >= 8
        assert plot.border_subtitle == "10 min"
        await seen.press("minus")
        await seen.until(lambda: plot.border_subtitle == "1 h", "a longer time")
        await seen.press("tab")
        assert "because" in seen.text("#why-text")
        await seen.press("tab")
        table = screen.query_one("#updates", DataTable)
        assert table.row_count >= 1
        assert "60 KiB fetched" in str(table.get_row_at(0)[-1])
        await seen.press("tab")
        assert "of which it may use 0.25" in seen.text("#about-text")
        assert "dense_int8" in seen.text("#about-text")

    city.drive(steps, size=size)


def test_charts_of_days_ago_have_their_marks(city: ServedFleet) -> None:
    rig = city.fleet.rig
    then = rig.clock.time() - 5 * 86_400.0
    happened = [(then, "breach"), (then - 60.0, "workload_shift")]
    # More than a reading has, all of them since.
    happened += [(then + 3600.0 + number, "noise") for number in range(505)]
    with rig.store.transaction():
        for at, kind in happened:
            rig.store.add_event(EventRecord(device="cam-weak", at=at, kind=kind))

    async def steps(seen: Session) -> None:
        seen.app.open_device("cam-weak", then)
        screen = seen.app.screen
        assert isinstance(screen, DeviceScreen)
        await seen.until(lambda: screen.page is not None, "what the page shows")
        page = screen.page
        assert page is not None
        assert [event.kind for event in page.marked] == ["breach", "workload_shift"]
        marks = marks_of(page.ordered, page.marked)
        assert [mark.sign for mark in marks if abs(mark.at - then) <= 300.0] == ["S", "B"]

    city.drive(steps)


def test_a_refused_update_says_why(city: ServedFleet) -> None:
    async def steps(seen: Session) -> None:
        screen = await seen.opened("cam-small")
        first = [str(cell) for cell in screen.query_one("#updates", DataTable).get_row_at(0)]
        assert "at 256x192" in first[3]
        assert first[4] == "refused: it is slower there than predicted"
        assert "trial 61.0 against 22.0 ms" in first[-1]

    city.drive(steps)
