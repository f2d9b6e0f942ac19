"""Where a terminal has sixteen colours, or none, everything is read all the same."""

import io

import pytest
from lamplighter_client.documents import RolloutTarget
from lamplighter_dashboard.themes.contrast import contrast
from lamplighter_dashboard.themes.palettes import PALETTES
from lamplighter_dashboard.widgets.state_map import map_text
from lamplighter_dashboard.words.health import LEGEND
from lamplighter_dashboard.words.joining.hosts import state_words
from lamplighter_dashboard.words.rolling_out.canaries import STATES as GATES
from lamplighter_dashboard.words.rolling_out.rollouts import STATES, TARGETS
from lamplighter_dashboard.words.rolling_out.state_map import state_map
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.palette import Palette as Terminal

ENOUGH = 4.5
# As terminals show the sixteen; xterm's own are brighter.
SIXTEEN = Terminal(
    [
        (0, 0, 0),
        (170, 0, 0),
        (0, 170, 0),
        (170, 85, 0),
        (0, 0, 170),
        (170, 0, 170),
        (0, 170, 170),
        (170, 170, 170),
        (85, 85, 85),
        (255, 85, 85),
        (85, 255, 85),
        (255, 255, 85),
        (85, 85, 255),
        (255, 85, 255),
        (85, 255, 255),
        (255, 255, 255),
    ]
)


def of_sixteen(colour: str) -> int:
    number = Color.parse(colour).downgrade(ColorSystem.STANDARD).number
    assert number is not None
    return number


def shown(colour: str) -> str:
    return SIXTEEN[of_sixteen(colour)].hex


@pytest.mark.parametrize("name", PALETTES)
def test_every_tone_is_read_in_sixteen_colours(name: str) -> None:
    palette = PALETTES[name]
    weak = {
        (tone, ground): round(contrast(shown(colour), shown(ground)), 2)
        for tone, colour in palette.tones.items()
        for ground in (palette.background, palette.panel)
        if contrast(shown(colour), shown(ground)) < ENOUGH
    }
    assert weak == {}
    assert contrast(shown(palette.cursor_text), shown(palette.cursor)) >= ENOUGH
    assert of_sixteen(palette.cursor) != of_sixteen(palette.background), "the cursor is seen"


@pytest.mark.parametrize("name", PALETTES)
def test_broken_doubtful_and_well_are_three_of_the_sixteen(name: str) -> None:
    tones = PALETTES[name].tones
    assert len({of_sixteen(tones[tone]) for tone in ("error", "warning", "well")}) == 3


SIGNS = {
    "health": [word.sign for word in LEGEND],
    "rollouts": [sign for sign, _, _ in STATES.values()],
    "devices of a rollout": [sign for sign, _ in TARGETS.values()],
    "gates": [words.split()[0] for words, _ in GATES.values()],
    "containers": [
        state_words(running=True, healthy=True, connection="online", absent=False)[0][0],
        state_words(running=True, healthy=True, connection="", absent=False)[0][0],
        state_words(running=True, healthy=False, connection="", absent=False)[0][0],
        state_words(running=False, healthy=None, connection="", absent=False)[0][0],
        state_words(running=False, healthy=None, connection="", absent=True)[0][0],
    ],
}


@pytest.mark.parametrize("what", SIGNS)
def test_every_state_has_a_sign_of_its_own(what: str) -> None:
    assert len(set(SIGNS[what])) == len(SIGNS[what])


@pytest.mark.parametrize("system", ["standard", None])
def test_a_map_is_the_same_in_sixteen_colours_and_in_none(system: str | None) -> None:
    targets = [RolloutTarget(device=f"cam-{n}", state=state) for n, state in enumerate(TARGETS)]
    tones = next(iter(PALETTES.values())).tones
    text = map_text(state_map(targets, 60, 10), targets, tones, None)
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system=system, width=100)  # type: ignore[arg-type]
    console.print(text)
    written = file.getvalue()
    assert "38;2" not in written, "no colour that the terminal has not"
    assert ("\x1b[9" in written or "\x1b[3" in written) == (system is not None)
    for sign, _ in TARGETS.values():
        assert sign in written
