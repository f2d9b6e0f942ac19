"""Moments as operators write them."""

import pytest
from lamplighter_cli.commands.fleet.explain import lines, moment_of
from lamplighter_cli.errors import CommandError
from lamplighter_client.documents import Explanation, ExplanationLink

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW - 7200.0),
        ("90s", NOW - 90.0),
        ("9999d", 0.0),
        ("1970-01-02T00:00", 86400.0),
        ("1970-01-02T01:00+01:00", 86400.0),
        ("1970-01-02", 86400.0),
    ],
)
def test_a_moment(text: str, moment: float) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["soon", "2 hours", "25:00", "5m5"])
def test_what_is_no_moment_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(CommandError, match="write"):
        moment_of(text, NOW)


def test_what_is_not_known_is_marked() -> None:
    links = [
        ExplanationLink(name="plan", text="gone", is_known=False),
        ExplanationLink(name="rule"),
    ]
    shown = lines(Explanation(device="cam-1", at=0.0, links=links))
    assert shown[0] == "cam-1 at 1970-01-01 00:00:00 UTC: nothing"
    assert shown[1] == "? plan       gone"
    assert shown[2].startswith("  rule")
