"""How the chain of a decision is shown."""

from lamplighter_cli.commands.fleet.explain import lines
from lamplighter_client.documents import Explanation, ExplanationLink


def test_what_is_not_known_is_marked() -> None:
    links = [
        ExplanationLink(name="plan", text="gone", is_known=False),
        ExplanationLink(name="rule"),
    ]
    shown = lines(Explanation(device="cam-1", at=0.0, links=links))
    assert shown[0] == "cam-1 at 1970-01-01 00:00:00 UTC: nothing"
    assert shown[1] == "? plan       gone"
    assert shown[2].startswith("  rule")
