"""Durations and moments as operators write them."""

import pytest
from lamplighter_cli.errors import CommandError
from lamplighter_cli.times import moment_of, seconds_of, span_of

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW - 7200.0),
        ("90s", NOW - 90.0),
        ("20min", NOW - 1200.0),
        ("20m", NOW - 1200.0),
        ("9999d", 0.0),
        ("1970-01-02T00:00", 86400.0),
        ("1970-01-02T00:00Z", 86400.0),
        ("1970-01-02T01:00+01:00", 86400.0),
        ("1970-01-02", 86400.0),
    ],
)
def test_a_moment(text: str, moment: float) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["soon", "2 moons", "25:00", "5m5", "20", "2H", "", "h", "-2h"])
def test_what_is_no_moment_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(CommandError, match="write 20min, 2h or 7d"):
        moment_of(text, NOW)


@pytest.mark.parametrize(
    ("texts", "seconds"),
    [
        (("45s", "45 sec", "45seconds"), 45.0),
        (("90m", "90min", "90 minutes", "1.5h", "1.5 hours"), 5400.0),
        (("2d", "2 days", "48h"), 172_800.0),
        (("1w", "1 week", "7d"), 604_800.0),
    ],
)
def test_a_duration(texts: tuple[str, ...], seconds: float) -> None:
    assert {seconds_of(text) for text in texts} == {seconds}


@pytest.mark.parametrize("text", ["2026-11-28", "20", "5 moons", "1h30m", "inf", "1e3s"])
def test_what_is_no_duration_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(CommandError, match="write 90s, 30min, 2h or 7d"):
        seconds_of(text)


def test_a_span() -> None:
    assert span_of(("--from", "2h"), ("--to", "1h"), NOW) == (NOW - 7200.0, NOW - 3600.0)
    assert span_of(("--from", ""), ("--to", ""), NOW) == (0.0, 0.0)
    with pytest.raises(CommandError, match=r"--from 10m does not lie before its end \(--to 1h\)"):
        span_of(("--from", "10m"), ("--to", "1h"), NOW)
    with pytest.raises(CommandError, match="does not lie before now"):
        span_of(("--from", "1970-02-01"), ("--to", ""), NOW)
