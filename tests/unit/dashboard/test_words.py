"""What is shown of figures, states and queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_client.documents import Event, FleetRow
from lamplighter_client.street.movements import Movement
from lamplighter_client.typed.event_query import EventQuery, query_of
from lamplighter_controller.domain.groups.facts import FIELDS
from lamplighter_controller.domain.groups.query import parse_query
from lamplighter_dashboard.words import figures, query_keys
from lamplighter_dashboard.words.events import sentence
from lamplighter_dashboard.words.health import LEGEND, health, update
from lamplighter_dashboard.words.street import measured_cells, measured_titles
from lamplighter_wire.enums import Severity


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "now"), (40, "40 s"), (720, "12 min"), (10800, "3 h"), (2e5, "2 days")],
)
def test_ages(seconds: float, told: str) -> None:
    assert figures.age(seconds) == told


def test_a_value_just_beyond_its_limit_is_not_rounded_onto_it() -> None:
    assert figures.of_limit(20.1, 20.0, "ms") == "20.1 of 20.0 ms"
    assert figures.of_limit(31.0, 80.0, "ms") == "31 of 80 ms"


def test_each_state_has_a_sign_of_its_own() -> None:
    assert len({word.sign for word in LEGEND}) == len(LEGEND)
    rows = [
        FleetRow(state="offline", severity=Severity.ERROR),
        FleetRow(state="online", severity=Severity.ERROR),
        FleetRow(state="online", severity=Severity.WARNING),
        FleetRow(state="online"),
        FleetRow(state="never", severity=Severity.WARNING),
    ]
    assert len({health(row).sign for row in rows}) == 5


def test_an_update_is_told_in_words() -> None:
    fetching = FleetRow(phase="FETCHING", fetched=0.4, revision=3)
    assert update(fetching) == ("fetching 40 %", "busy")
    assert update(FleetRow(outcome="rejected", reason="SLOWER")) == (
        "refused: it is slower there than predicted",
        "warning",
    )
    assert update(FleetRow()) == ("waiting", "dim")


def test_the_keys_are_those_of_the_groups() -> None:
    assert set(query_keys.KEYS) == FIELDS


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("sta", "state"),
        ("state=off", "state=offline"),
        ("not state=online|of", "not state=online|offline"),
        ("(site=no", '(site="north gate"'),
        ("lens=w", "lens=wide"),
        ("site=x", None),
        ("", None),
    ],
)
def test_completion(written: str, whole: str | None) -> None:
    known = query_keys.values_of([FleetRow(site="north gate", labels={"lens": "wide"})])
    assert query_keys.completed(written, known) == whole


def test_one_word_asks_for_names_that_begin_so() -> None:
    assert query_keys.as_query("cam-0") == "id=cam-0*"
    assert query_keys.as_query("lens", ["lens"]) == "lens"
    assert query_keys.as_query("site=north") == "site=north"
    assert query_keys.as_query("  ") == ""


@given(st.text(min_size=1, max_size=20).filter(lambda text: '"' not in text and text.isprintable()))
def test_a_quoted_value_is_read_as_it_was(value: str) -> None:
    query = parse_query(f"site={query_keys.quoted(value)}")
    assert value.endswith("*") or query.values[0].text == value  # type: ignore[union-attr]


def test_events_are_sentences_and_are_asked_for_by_words_and_severity() -> None:
    assert query_of("cam-1  night") == EventQuery("cam-1 night")
    assert query_of("!Error cam-2", device="cam-2") == EventQuery("cam-2", Severity.ERROR, "cam-2")
    assert query_of("!warning", Severity.ERROR).parameters() == {"severity": "warning"}
    assert EventQuery().parameters() == {}
    shift = Event(device="cam-1", kind="workload_shift", text="cam-1 sees\nnight-dry-free now")
    assert sentence(shift) == "sees night-dry-free now"


def test_speed_and_occupancy_have_columns_where_something_was_measured() -> None:
    plain = Movement("north/in", {"car": 3}, 1.0)
    fast = Movement("south/in", {"car": 3}, 1.0, kmh=41.26)
    both = Movement("east/in", {"car": 3}, 1.0, kmh=9.0, occupancy=0.125)
    assert measured_titles([plain]) == []
    assert measured_titles([plain, fast]) == ["km/h"]
    titles = measured_titles([plain, both])
    assert titles == ["km/h", "occupied"]
    assert measured_cells(both, titles) == ["9.0", "12 %"]
    assert measured_cells(fast, titles) == ["41.3", figures.NOTHING]
    assert measured_cells(None, titles) == [figures.NOTHING] * 2
    assert measured_cells(plain, []) == []
