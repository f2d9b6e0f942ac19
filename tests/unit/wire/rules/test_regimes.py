"""Regimes as text and as messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.messages import Regime
from lamplighter_wire.rules.regimes import REGIMES, regime_matches, regime_of

words = st.text(st.characters(categories=["Ll"]), max_size=8)


@given(words, words, words)
def test_a_regime_is_read_as_it_was_written(light: str, weather: str, density: str) -> None:
    regime = Regime(light=light, weather=weather, density=density)
    assert regime_of(str(regime)) == regime


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert str(regime_of(text)).startswith(text)


def test_every_combination_is_there_once() -> None:
    assert len(set(REGIMES)) == len(REGIMES) == 8
    assert "night-rain-jam" in REGIMES


@pytest.mark.parametrize(
    ("parts", "matches"), [("night", True), ("", True), ("night-free", True), ("night-jam", False)]
)
def test_a_regime_matches_when_it_has_every_part(parts: str, matches: bool) -> None:
    assert regime_matches("night-dry-free", parts) is matches
