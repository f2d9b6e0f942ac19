"""Regimes as text and as messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.messages import Regime
from lamplighter_wire.rules.regimes import all_regimes, regime_key, regime_matches, regime_of
from lamplighter_wire.tasks.detection import REGIMES, STREET_AXES

words = st.text(st.characters(categories=["Ll"]), max_size=8)
ROAD_AXES = {"light": ("day", "night"), "road": ("dry", "wet", "icy")}


@given(words, words, words)
def test_a_regime_is_read_as_it_was_written(light: str, weather: str, density: str) -> None:
    regime = Regime(light=light, weather=weather, density=density)
    assert regime_of(str(regime), STREET_AXES) == regime
    assert regime_key(regime, STREET_AXES) == str(regime)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    regime = regime_of(text, STREET_AXES)
    parts = f"{text}---".split("-")
    assert [regime.light, regime.weather, regime.density] == parts[:3]


def test_every_combination_is_there_once() -> None:
    assert len(set(REGIMES)) == len(REGIMES) == 8
    assert "night-rain-jam" in REGIMES


def test_a_task_names_regimes_by_axes_of_its_own() -> None:
    assert all_regimes(ROAD_AXES)[:3] == ("day-dry", "day-wet", "day-icy")
    regime = regime_of("night-icy", ROAD_AXES)
    assert (regime.light, regime.weather, regime.axes) == ("night", "", {"road": "icy"})
    assert regime_key(regime, ROAD_AXES) == "night-icy"
    assert regime_key(Regime(), ROAD_AXES) == "day-", "an axis that is not there is not known"


@pytest.mark.parametrize(
    ("parts", "matches"), [("night", True), ("", True), ("night-free", True), ("night-jam", False)]
)
def test_a_regime_matches_when_it_has_every_part(parts: str, matches: bool) -> None:
    assert regime_matches("night-dry-free", parts) is matches
