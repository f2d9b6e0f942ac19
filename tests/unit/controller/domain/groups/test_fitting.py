"""Which site and labels bring a device into a group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.groups.facts import DeviceFacts
from lamplighter_controller.domain.groups.fitting import fitted
from lamplighter_controller.domain.groups.matching import holds
from lamplighter_controller.domain.groups.query import parse_query

CAM = DeviceFacts(id="cam-1", site="north", labels={"floor": "3", "old": "yes"}, agent="1.2")


def place(text: str) -> tuple[str, dict[str, str]] | None:
    found = fitted(parse_query(text), CAM)
    return None if found is None else (found.site, dict(found.labels))


@pytest.mark.parametrize(
    ("query", "site", "labels"),
    [
        ("site=north", "north", {"floor": "3", "old": "yes"}),
        ("site=south", "south", {"floor": "3", "old": "yes"}),
        ("pilot", "north", {"floor": "3", "old": "yes", "pilot": "yes"}),
        ("not old", "north", {"floor": "3"}),
        ("floor!=3", "north", {"old": "yes"}),
        ("floor>=5 and site=south|west", "south", {"floor": "5", "old": "yes"}),
        ("not (site=north or floor<4)", "", {"floor": "4", "old": "yes"}),
        ("agent=2.0 or lens=wide", "north", {"floor": "3", "old": "yes", "lens": "wide"}),
        ("not (pilot!=yes)", "north", {"floor": "3", "old": "yes", "pilot": "yes"}),
    ],
)
def test_as_little_as_the_query_asks_for(query: str, site: str, labels: dict[str, str]) -> None:
    assert place(query) == (site, labels)


@pytest.mark.parametrize(
    "query", ["agent=2.0", "cpu.avx2 and site=south", "pilot and not pilot", "floor>5", "id=cam-2"]
)
def test_what_neither_site_nor_labels_bring(query: str) -> None:
    assert place(query) is None


TESTS = st.sampled_from(
    ["site=north", "site!=south", "pilot", "floor=3", "floor!=4", "floor<=2", "floor>9", "cpu.avx2"]
)
QUERIES = st.recursive(
    TESTS,
    lambda some: st.one_of(
        some.map(lambda one: f"not ({one})"),
        st.tuples(some, some).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(some, some).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=6,
)


@given(QUERIES)
def test_what_is_said_to_bring_it_in_does(text: str) -> None:
    query = parse_query(text)
    found = fitted(query, CAM)
    assert found is None or holds(query, found)
    if holds(query, CAM):
        assert found == CAM
