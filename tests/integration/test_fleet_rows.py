"""The fleet as a table over HTTP: sorted, filtered, in pages, and what changes in it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents.fleet.fleet_rows import FleetChanges, FleetPage, FleetRow
from lamplighter_client.errors import ClientError
from lamplighter_client.streaming import endpoints
from lamplighter_client.target import Target
from lamplighter_controller.api.operations.watching.row_stream import RowStream
from lamplighter_controller.services.fleet_rows.row_filter import RowFilter, row_filter
from msgspec.json import decode

from tests.dashboard.city import FleetOfSix
from tests.simulators.served_app import api_of, served

SILENCE_S = 30.0


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetOfSix]:
    made = FleetOfSix(tmp_path)
    yield made
    made.close()


@pytest.fixture
def api(fleet: FleetOfSix) -> TestClient:
    return api_of(fleet.app, fleet.token)


def table(api: TestClient, **query: Any) -> FleetPage:
    answer = api.get("/fleet/rows", params=query)
    assert answer.is_success, answer.text
    return decode(answer.content, type=FleetPage)


def names(page: FleetPage) -> list[str]:
    return [row.id for row in page.rows]


def test_what_is_broken_comes_first_with_its_reason(api: TestClient) -> None:
    page = table(api)
    assert names(page)[:2] == ["box-1", "solar-1"]
    assert page.rows[0].notice == "offline"
    assert "last heard" in page.rows[0].notice_text
    assert page.matched == page.devices == 6


def test_a_row_has_the_figures_of_its_device(api: TestClient) -> None:
    (row,) = table(api, query="id=gateway-1").rows
    assert (row.state, row.model, row.fps_served) == ("online", "nanodet", 5.0)
    assert (row.width, row.height, row.regime) == (row.width, row.height, "day-dry-jam")
    assert 0.5 < row.expected_ap50 <= 1.0
    assert row.outcome == "committed"
    assert row.energy_source == "estimate"
    assert row.recipe == row.variant


def test_pages_are_the_whole_table_in_its_order(api: TestClient) -> None:
    for sort in ("health", "-power", "id", "-seen"):
        whole, pages, after = names(table(api, sort=sort)), [], ""
        while True:
            page = table(api, sort=sort, limit=2, after=after)
            pages += names(page)
            after = page.after
            if not after:
                break
        assert pages == whole, sort


@pytest.mark.parametrize(
    ("query", "devices"),
    [
        ("state=never", ["cam-new"]),
        ("not state=online", ["box-1", "cam-new"]),
        ("cpu.avx2 and cpu.quota>0", ["cam-weak"]),
        ("seen>5m", ["box-1"]),
        ("id=cam-*", ["cam-new", "cam-small", "cam-weak"]),
    ],
)
def test_a_query_is_that_of_the_groups(api: TestClient, query: str, devices: list[str]) -> None:
    page = table(api, query=query, sort="id")
    assert names(page) == devices
    assert (page.matched, page.devices) == (len(devices), 6)


def test_a_query_that_cannot_be_read_says_where(api: TestClient) -> None:
    answer = api.get("/fleet/rows", params={"query": "site="})
    assert answer.status_code == 422
    assert "at character 6" in answer.json()["detail"]


def test_a_cursor_of_another_kind_is_refused(api: TestClient) -> None:
    assert api.get("/fleet/rows", params={"after": "bm90"}).status_code == 422


def stream(fleet: FleetOfSix, after: str = "", query: str = "", scope: str = "") -> RowStream:
    groups = fleet.rig.services.store

    def wanted() -> RowFilter:
        return row_filter(query, scope, lambda name: groups.group(name).query)

    return RowStream(fleet.rig.services.fleet_rows, wanted, 1.0, after)


def heard(stream: RowStream) -> FleetChanges:
    text = stream.next()
    if not text:
        return FleetChanges()
    data = next(line for line in text.splitlines() if line.startswith("data: "))
    return decode(data.removeprefix("data: "), type=FleetChanges)


def ids(rows: list[FleetRow]) -> list[str]:
    return sorted(row.id for row in rows)


def test_only_what_changes_is_told(fleet: FleetOfSix, api: TestClient) -> None:
    listener = stream(fleet, table(api).cursor)
    assert heard(listener) == FleetChanges()
    fleet.rig.store.configure_device("cam-weak", None, site="north")
    changes = heard(listener)
    assert ids(changes.rows) == ["cam-weak"]
    assert changes.rows[0].site == "north"
    assert heard(listener) == FleetChanges()


def test_a_stream_goes_on_where_it_broke_off(fleet: FleetOfSix, api: TestClient) -> None:
    cursor = table(api).cursor
    fleet.rig.store.configure_device("cam-weak", None, site="north")
    fleet.rig.store.configure_device("solar-1", None, site="roof")
    fleet.rig.store.configure_device("solar-1", None, site="field")
    changes = heard(stream(fleet, cursor))
    assert {row.id: row.site for row in changes.rows} == {"cam-weak": "north", "solar-1": "field"}


def test_a_cursor_of_an_earlier_run_asks_to_read_anew(fleet: FleetOfSix) -> None:
    listener = stream(fleet, "00000000.5")
    assert heard(listener).reset
    assert not heard(listener).reset


def test_who_comes_into_a_query_is_told_and_who_leaves_it(
    fleet: FleetOfSix, api: TestClient
) -> None:
    listener = stream(fleet, table(api, query="site=north").cursor, "site=north")
    fleet.rig.store.configure_device("cam-weak", None, site="north")
    assert ids(heard(listener).rows) == ["cam-weak"]
    fleet.rig.store.configure_device("cam-weak", None, site="south")
    fleet.rig.store.configure_device("solar-1", None, site="roof")
    assert heard(listener).gone == ["cam-weak"]


def test_a_retired_device_leaves(fleet: FleetOfSix, api: TestClient) -> None:
    listener = stream(fleet, table(api).cursor)
    fleet.rig.store.configure_device("cam-small", None, retired_at=1.0)
    assert heard(listener).gone == ["cam-small"]
    assert "cam-small" not in names(table(api))


def test_a_new_group_and_a_hold_are_told_of_their_devices(
    fleet: FleetOfSix, api: TestClient
) -> None:
    listener = stream(fleet, table(api).cursor)
    operator = api_of(fleet.app, fleet.rig.services.access.make_token("test", "operator"))
    assert operator.post("/groups", json={"name": "weak", "query": "cpu.quota>0"}).is_success
    (row,) = heard(listener).rows
    assert (row.id, row.groups) == ("cam-weak", ["weak"])
    hold = {"kind": "hold", "device": "solar-1", "reason": "r", "life_s": 60}
    assert operator.post("/overrides", json=hold).is_success
    (row,) = heard(listener).rows
    assert (row.id, row.by_hand) == ("solar-1", ["hold"])


def test_silence_is_noticed_though_nothing_is_written(fleet: FleetOfSix, api: TestClient) -> None:
    listener = stream(fleet, table(api, query="id=gateway-1").cursor, "id=gateway-1")
    fleet.rig.clock.advance(60.0)
    (row,) = heard(listener).rows
    assert row.notice == "silent"


def test_a_token_of_a_site_hears_of_its_devices_only(fleet: FleetOfSix, api: TestClient) -> None:
    fleet.rig.store.configure_device("cam-weak", None, site="north")
    listener = stream(fleet, table(api).cursor, scope="site:north")
    assert heard(listener) == FleetChanges()
    fleet.rig.store.configure_device("solar-1", None, site="roof")
    fleet.rig.store.configure_device("cam-weak", None, labels={"lens": "wide"})
    assert ids(heard(listener).rows) == ["cam-weak"]
    fleet.rig.store.configure_device("cam-weak", None, site="south")
    assert heard(listener).gone == ["cam-weak"]


def test_a_token_of_a_group_hears_no_more_of_who_has_left_it(
    fleet: FleetOfSix, api: TestClient
) -> None:
    operator = api_of(fleet.app, fleet.rig.services.access.make_token("test", "operator"))
    assert operator.post("/groups", json={"name": "weak", "query": "id=cam-*"}).is_success
    listener = stream(fleet, table(api).cursor, scope="group:weak")
    assert heard(listener) == FleetChanges()
    assert operator.post("/groups/weak/change", json={"query": "id=cam-weak"}).is_success
    assert heard(listener).reset, "the table is to be read anew"
    fleet.rig.store.configure_device("cam-small", None, site="north")
    fleet.rig.store.configure_device("cam-weak", None, site="north")
    assert ids(heard(listener).rows) == ["cam-weak"]
    assert operator.post("/groups/weak/delete").is_success
    assert heard(listener).reset
    fleet.rig.store.configure_device("cam-weak", None, site="south")
    assert heard(listener) == FleetChanges(), "it reaches nobody now"


def test_a_client_listens_over_http(fleet: FleetOfSix) -> None:
    async def session(url: str) -> tuple[str, FleetChanges]:
        client = AsyncClient(Target(url, fleet.token))
        page = await client.send(endpoints.fleet_rows(limit=1))
        fleet.rig.store.configure_device("cam-weak", None, site="north")
        request = endpoints.fleet_changes(after=page.cursor, every_s=0.2)
        try:
            async for cursor, changes in client.listen(request, SILENCE_S):
                return cursor, changes
        finally:
            await client.close()
        raise AssertionError("the stream has ended")

    with served(fleet.app) as url:
        cursor, changes = asyncio.run(session(url))
        assert ids(changes.rows) == ["cam-weak"]
        assert cursor.endswith(f".{fleet.rig.services.fleet_rows.mark}")


def test_a_stream_without_a_token_is_refused(fleet: FleetOfSix) -> None:
    async def session(url: str) -> None:
        client = AsyncClient(Target(url, "wrong"))
        async for _ in client.listen(endpoints.fleet_changes(), SILENCE_S):
            pass

    with served(fleet.app) as url, pytest.raises(ClientError, match="token"):
        asyncio.run(session(url))
