"""Events are read from lines, and rows have an order that is the same everywhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.streaming.row_order import RowOrder, place_of
from lamplighter_client.streaming.server_sent_events import EventReader, ServerSentEvent
from lamplighter_wire.enums import Severity


def read(text: str) -> list[ServerSentEvent]:
    reader = EventReader()
    return list(reader.take(text))


def test_an_event_is_what_stands_before_an_empty_line() -> None:
    events = read(
        ": connected\n\nid: a.1\nevent: changes\ndata: {}\n\n: still here\n\ndata:x\ndata: y\n\n"
    )
    assert events == [
        ServerSentEvent("changes", "{}", "a.1"),
        ServerSentEvent("message", "x\ny", "a.1"),
    ]


def test_what_is_not_whole_is_no_event() -> None:
    assert read("id: 1\ndata: {}") == []


def test_a_field_that_is_not_known_is_passed_over() -> None:
    assert read("retry: 3\nnonsense\ndata: x\n\n") == [ServerSentEvent("message", "x", "")]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_what_python_takes_for_an_end_of_line_ends_none(sign: str) -> None:
    assert read(f'data: {{"site": "a{sign}b"}}\r\n\r\n') == [
        ServerSentEvent("message", f'{{"site": "a{sign}b"}}', "")
    ]


@given(st.lists(st.integers(0, 60)))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    text = "id: a.1\r\nevent: changes\ndata: {}\n\ndata:x\ndata: \u2028y\n\n"
    ends = [0, *sorted(cuts), len(text)]
    reader = EventReader()
    pieces = [text[a:b] for a, b in itertools.pairwise(ends)]
    assert [event for piece in pieces for event in reader.take(piece)] == read(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text)


@pytest.mark.parametrize("order", RowOrder)
def test_any_two_rows_can_be_compared_by_any_column(order: RowOrder) -> None:
    rows = [FleetRow(id="b"), FleetRow(id="a", temperature_c=40.0, severity=Severity.ERROR)]
    places = sorted(place_of(row, order) for row in rows)
    assert {name for _, name in places} == {"a", "b"}


def test_what_is_broken_comes_first() -> None:
    rows = [
        FleetRow(id="a"),
        FleetRow(id="b", severity=Severity.WARNING),
        FleetRow(id="c", severity=Severity.ERROR),
    ]
    ordered = sorted(rows, key=lambda row: place_of(row, RowOrder.HEALTH))
    assert [row.id for row in ordered] == ["c", "b", "a"]
