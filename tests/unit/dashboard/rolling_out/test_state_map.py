"""A rollout's devices as signs, from three devices to ten thousand."""

from collections import Counter
from math import ceil

from lamplighter_client.documents import RolloutTarget
from lamplighter_dashboard.themes.palettes import DARK, PALETTES
from lamplighter_dashboard.widgets.state_map import NAME_CELLS, map_text
from lamplighter_dashboard.words.rolling_out.rollouts import TARGETS
from lamplighter_dashboard.words.rolling_out.state_map import (
    WORST_FIRST,
    cell_text,
    fitting,
    legend,
    state_map,
)

TONES = PALETTES[DARK].tones
ROOM = (68, 16)  # of a terminal of 80x24


def one(number: int, state: str = "waiting", wave: int = 0, **more: str) -> RolloutTarget:
    return RolloutTarget(device=f"cam-{number:05}", state=state, wave=wave, **more)


def many() -> list[RolloutTarget]:
    """Ten thousand in twelve waves, of which the last ones wait and one has failed."""
    found, wave, size = [], 0, 4
    while len(found) < 10_000:
        state = "succeeded" if wave < 9 else "waiting"
        room = min(size, 10_000 - len(found))
        found += [one(len(found) + n, state, wave) for n in range(room)]
        wave, size = wave + 1, size * 2
    found[700] = one(700, "failed", found[700].wave, reason="too slow")
    return found


def test_few_devices_have_a_sign_each_wave_by_wave() -> None:
    targets = [one(2, "ordered"), one(1, "failed"), one(3, wave=1), one(9, "skipped")]
    shown = state_map(targets, *ROOM)
    assert shown.per_cell == 1
    assert [line.name for line in shown.lines] == ["canaries", "wave 1", "left out"]
    text = map_text(shown, targets, TONES, None).plain.splitlines()
    assert text[0] == "canaries  ✖↓"
    assert text[1] == "wave 1    ·"
    assert text[2] == "left out  –"


def test_ten_thousand_fit_a_small_terminal_and_none_is_lost() -> None:
    targets = many()
    shown = state_map(targets, *ROOM)
    assert len(shown.lines) <= ROOM[1]
    assert all(len(line.cells) <= ROOM[0] for line in shown.lines)
    held = Counter(t.device for line in shown.lines for cell in line.cells for t in cell.devices)
    assert held == Counter(t.device for t in targets), "each device once"
    lines = map_text(shown, targets, TONES, None).plain.splitlines()
    assert max(map(len, lines[: len(shown.lines)])) <= NAME_CELLS + ROOM[0]
    assert "".join(lines[: len(shown.lines)]).count("✖") == 1, "one failure among 10 000 is seen"


def test_no_more_devices_share_a_sign_than_must() -> None:
    targets = many()
    per_cell = state_map(targets, *ROOM).per_cell
    waves = Counter(t.wave for t in targets).values()

    def lines(size: int) -> int:
        return sum(ceil(ceil(count / size) / ROOM[0]) for count in waves)

    assert lines(per_cell) <= ROOM[1] < lines(per_cell - 1)


def test_a_sign_shows_the_worst_of_its_devices_and_its_words_all() -> None:
    shown = state_map([one(n, "succeeded") for n in range(9)] + [one(9, "failed")], 5, 1)
    cells = shown.lines[0].cells
    assert (shown.per_cell, [cell.state for cell in cells]) == (2, ["succeeded"] * 4 + ["failed"])
    assert cells[-1].worst.device == "cam-00009"
    assert cell_text(cells[-1]) == (
        "canaries: 2 devices, cam-00008 to cam-00009: 1 failed, 1 succeeded"
    )


def test_the_cursor_says_who_stands_there_and_why() -> None:
    targets = [one(1, "failed", site="north", reason="too slow"), one(2)]
    shown = state_map(targets, *ROOM)
    assert map_text(shown, targets, TONES, (0, 0)).plain.endswith(
        "\ncam-00002, canaries: waiting"
    ), "without a site first"
    assert map_text(shown, targets, TONES, (1, 0)).plain.endswith(
        "\ncam-00001, north, canaries: failed: too slow"
    )


def test_every_state_has_a_sign_of_its_own_and_a_place_in_the_order() -> None:
    assert set(WORST_FIRST) == set(TARGETS)
    assert len({sign for sign, _ in TARGETS.values()}) == len(TARGETS)


def test_a_state_that_is_not_known_is_seen_first() -> None:
    shown = state_map([one(1), one(2, "lost")], 1, 1)
    assert shown.lines[0].cells[0].state == "lost"
    assert "?" in map_text(shown, [], TONES, None).plain


def test_the_legend_names_what_is_there() -> None:
    words = [text for text, _ in legend([one(1), one(2), one(3, "rolled_back")])]
    assert words == ["· waiting 2  ", "↶ rolled back 1  "]


def test_a_list_is_narrowed_by_name_site_wave_or_state() -> None:
    targets = [one(1, site="north"), one(2, "failed", wave=2)]
    for text, found in (
        ("north", [1]),
        ("wave 2", [2]),
        ("failed", [2]),
        ("cam", [1, 2]),
        ("", [1, 2]),
    ):
        assert [t.device for t in fitting(targets, text)] == [f"cam-{n:05}" for n in found]


def test_nothing_is_a_map_too() -> None:
    assert state_map([], *ROOM).lines == []
