"""Filters are read, and what is none is refused with words that help."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.selection.device_filter import (
    DeviceField,
    FilterError,
    FilterTest,
    FilterValue,
    Requirement,
    parse_filter,
)


@pytest.mark.parametrize(
    ("text", "field", "key", "test", "values"),
    [
        ("site=north", DeviceField.SITE, "site", FilterTest.IS, ["north"]),
        ("site==north", DeviceField.SITE, "site", FilterTest.IS, ["north"]),
        ("site = north side", DeviceField.SITE, "site", FilterTest.IS, ["north side"]),
        ('site="a, b|c"', DeviceField.SITE, "site", FilterTest.IS, ["a, b|c"]),
        ("group=gate|street", None, "group", FilterTest.IS, ["gate", "street"]),
        ("label.site=x", None, "site", FilterTest.IS, ["x"]),
        ("group!=gate", None, "group", FilterTest.IS_NOT, ["gate"]),
        ("group=", None, "group", FilterTest.IS, [""]),
        ("group", None, "group", FilterTest.PRESENT, []),
        ("!serving", DeviceField.SERVING, "serving", FilterTest.ABSENT, []),
        ("straße=größer", None, "straße", FilterTest.IS, ["größer"]),
    ],
)
def test_a_requirement(
    text: str, field: DeviceField | None, key: str, test: FilterTest, values: list[str]
) -> None:
    expected = Requirement(key, field, test, tuple(map(FilterValue, values)))
    assert parse_filter(text) == (expected,)


def test_the_beginning_of_a_value() -> None:
    (requirement,) = parse_filter('id=cam-*|"gw*"')
    assert requirement.values == (FilterValue("cam-", is_beginning=True), FilterValue("gw*"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("5m", 300), ("5min", 300), ("2h", 7200), ("1.5d", 129600)],
)
def test_durations(text: str, seconds: float) -> None:
    (requirement,) = parse_filter(f"seen<{text}")
    assert (requirement.test, requirement.seconds) == (FilterTest.BELOW, seconds)


def test_all_must_hold() -> None:
    keys = [requirement.key for requirement in parse_filter("state=online, group=gate,!site")]
    assert keys == ["state", "group", "site"]
    assert parse_filter("  ") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("state=onlin", "online, offline, never"),
        ("deployment=done", "underway"),
        ("seen=5", "seen<5m"),
        ("site<5", "all else by = or !="),
        ("seen<soon", "90, 90s, 5min, 2h or 3d"),
        ("seen<5moons", "90, 90s, 5min, 2h or 3d"),
        ("seen<", "no duration"),
        ("site=a b=c", "double quotes"),
        ('site="a', "close the quotes"),
        ("=x", "key=value"),
        (",", "key=value"),
        ("a,", "key=value"),
        ("x!", "key=value"),
        (",".join(f"k{n}=1" for n in range(17)), "at most 16"),
        ("k=" + "|".join(map(str, range(65))), "at most 64"),
    ],
)
def test_what_is_no_filter(text: str, words: str) -> None:
    with pytest.raises(FilterError, match=re.escape(words)):
        parse_filter(text)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except FilterError as error:
        assert str(error)
