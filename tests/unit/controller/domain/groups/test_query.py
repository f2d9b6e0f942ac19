"""Queries are read, and what is none is refused with its place and a remedy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.groups.query import (
    All,
    Any,
    Not,
    Query,
    QueryError,
    QuerySign,
    QueryTest,
    QueryValue,
    keys_of,
    parse_query,
)


def has(key: str, *values: str, sign: QuerySign = QuerySign.IS) -> QueryTest:
    return QueryTest(key, sign, tuple(map(QueryValue, values)))


HAS = QuerySign.PRESENT


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("site=north", has("site", "north")),
        ('site == "north side"', has("site", "north side")),
        ("site=a|b", has("site", "a", "b")),
        ("site!=north", has("site", "north", sign=QuerySign.IS_NOT)),
        ("id=cam-*", QueryTest("id", QuerySign.IS, (QueryValue("cam-", is_beginning=True),))),
        ("pilot", has("pilot", sign=HAS)),
        ('"not"', has("not", sign=HAS)),
        ("not pilot", Not(has("pilot", sign=HAS))),
        ("memory>=1.5G", QueryTest("memory", QuerySign.AT_LEAST, number=1.5e9)),
        ("seen<5m", QueryTest("seen", QuerySign.BELOW, number=300.0)),
        ("seen<5min", QueryTest("seen", QuerySign.BELOW, number=300.0)),
        (
            "site=north and cpu.vnni and not pilot",
            All((has("site", "north"), has("cpu.vnni", sign=HAS), Not(has("pilot", sign=HAS)))),
        ),
        (
            "a or b and c",
            Any((has("a", sign=HAS), All((has("b", sign=HAS), has("c", sign=HAS))))),
        ),
        (
            "(a or b) and c",
            All((Any((has("a", sign=HAS), has("b", sign=HAS))), has("c", sign=HAS))),
        ),
        ("not not a", Not(Not(has("a", sign=HAS)))),
    ],
)
def test_a_query(text: str, query: Query) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("text", "position", "remedy"),
    [
        ("", 1, "write a key"),
        ("site=", 6, "write a value of site"),
        ("site=north cpu.vnni", 12, "write and or or before 'cpu.vnni'"),
        ("site=north and", 15, "write a key"),
        ("(site=north", 1, "close this bracket"),
        ("site=north)", 11, "write and or or before ')'"),
        ('site = "north', 8, "close the quotes"),
        ("!pilot", 1, "write not"),
        ("cpu.cores>=many", 12, "write a number for cpu.cores"),
        ("memory>2GB", 8, "write a number for memory"),
        ("seen<5moons", 6, "with s, min, h, d, k, M, G behind it"),
        ("not " * 40 + "a", 85, "nest 20 levels at most"),
    ],
)
def test_what_is_no_query(text: str, position: int, remedy: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(text)
    assert refused.value.position == position
    assert f"at character {position}: " in str(refused.value)
    assert remedy in str(refused.value)


def test_the_keys_of_a_query() -> None:
    assert keys_of(parse_query("a=1 and not (b or c>2)")) == {"a", "b", "c"}


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_refused_with_a_place_in_it(text: str) -> None:
    try:
        parse_query(text)
    except QueryError as error:
        assert 1 <= error.position <= len(text) + 1
