"""The generated page of rollouts is current, and names every state and verb."""

from pathlib import Path
from typing import get_args

from lamplighter_client.documents.rollouts import Verb
from lamplighter_controller.domain.rollouts.rollout import RolloutState, TargetState

from docs.generate.rollouts import DEVICE_STATES, EVENTS, page

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_the_page_is_current() -> None:
    text = (REFERENCE / "rollout-states.md").read_text(encoding="utf-8")
    assert text == page(), "run: make reference"


def test_nothing_is_left_out() -> None:
    assert set(DEVICE_STATES) == set(TargetState)
    assert set(EVENTS) == set(get_args(Verb))
    assert [state for state in RolloutState if f"| `{state}` |" not in page()] == []
