"""Colours can be told from their ground; columns fit; what is set and remembered is read."""

from pathlib import Path

import pytest
from lamplighter_client.documents import FleetRow
from lamplighter_dashboard.export.files import as_csv, as_json
from lamplighter_dashboard.settings.chosen import (
    RENAMED_KEYS,
    Chosen,
    SettingsFileError,
    read_chosen,
    settings_folder,
)
from lamplighter_dashboard.settings.remembered import DEFAULT_COLUMNS, Memory, Remembered
from lamplighter_dashboard.themes.contrast import contrast
from lamplighter_dashboard.themes.palettes import CONTRAST, PALETTES
from lamplighter_dashboard.widgets.bars.key_bar import fitting as fitting_keys
from lamplighter_dashboard.widgets.fleet_columns import chosen, column_named
from lamplighter_dashboard.widgets.fleet_widths import (
    GAP,
    fitting,
    whole_widths,
    widened,
    widths,
)

ENOUGH, MUCH = 4.5, 7.0
"""WCAG 2.2: levels AA and AAA, for small text."""


def test_black_on_white_has_the_most_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == 1.0


@pytest.mark.parametrize("name", PALETTES)
def test_every_tone_is_read_on_every_ground(name: str) -> None:
    palette, least = PALETTES[name], MUCH if name == CONTRAST else ENOUGH
    weak = {
        (tone, ground): round(contrast(colour, ground), 2)
        for tone, colour in palette.tones.items()
        for ground in (palette.background, palette.panel)
        if contrast(colour, ground) < least
    }
    assert weak == {}
    assert contrast(palette.cursor_text, palette.cursor) >= least


def test_the_least_important_columns_go_first() -> None:
    columns = chosen(DEFAULT_COLUMNS)
    assert len(columns) == len(DEFAULT_COLUMNS)
    wide = widths(columns, [FleetRow(id="camera-with-a-long-name", site="north")], 0.0)
    narrow = [columns[i].key for i in fitting(columns, wide, 78)]
    assert {"health", "device", "rate", "latency", "update"} <= set(narrow)
    assert "counts" not in narrow
    assert [columns[i].key for i in fitting(columns, wide, 400)] == list(DEFAULT_COLUMNS)


def test_what_remains_of_the_room_shows_more() -> None:
    """First the limit beside p95, which is all there or not at all, then what was cut."""
    columns = chosen(("device", "serves", "latency"))
    row = FleetRow(id="cam-1", recipe="a-recipe-with-a-long-name", state="online",
                   latency_p95_ms=31.4, latency_limit_ms=80.0)  # fmt: skip
    least, whole = widths(columns, [row], 0.0), whole_widths(columns, [row], 0.0)
    assert [column.text(row, 0.0)[0] for column in columns][1:] == [row.recipe, "31 of 80"]
    assert (least, whole) == ([6, 16, 7], [6, 25, 8])
    room = sum(least) + 2 * GAP
    for more, then in ((0, least), (1, [6, 16, 8]), (4, [6, 19, 8]), (99, whole)):
        assert widened(columns, [0, 1, 2], least, whole, room + more) == then
    assert columns[2].text(row, 0.0, is_wide=False) == ("31.4", "text")


def test_a_label_is_a_column() -> None:
    column = column_named("label:lens")
    assert column is not None
    assert column.cell(FleetRow(labels={"lens": "wide"}), 0.0) == ("wide", "text")
    assert column_named("nonsense") is None


def test_what_is_remembered_survives_and_a_damaged_file_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "state" / "dashboard.json"
    Memory(file).change(hint_seen=True)
    assert Memory(file).now.hint_seen
    file.write_text("{")
    assert Memory(file).now == Remembered()
    Memory(tmp_path / "state" / "dashboard.json" / "impossible").change(hint_seen=True)


def test_what_the_user_has_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "dashboard.toml"
    assert read_chosen(file) == Chosen()
    file.write_text('read_only = true\n[keys]\nquit = "ctrl+q"\n[contexts.n]\nurl = "https://n"\n')
    read = read_chosen(file)
    assert (read.read_only, read.keys, read.contexts["n"].url) == (
        True,
        {"quit": "ctrl+q"},
        "https://n",
    )
    file.write_text("colour = 1\n")
    with pytest.raises(SettingsFileError, match="colour"):
        read_chosen(file)


def test_settings_lie_where_the_environment_says(tmp_path: Path) -> None:
    assert settings_folder({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "lamplighter"


def test_files_of_a_table() -> None:
    assert as_csv(["a", "b"], [["=1+1", 2], ["x,y", "-"]]) == 'a,b\r\n\'=1+1,2\r\n"x,y",-\r\n'
    assert '"a": 1' in as_json(["a"], [[1]])


@pytest.mark.parametrize("old", RENAMED_KEYS)
def test_a_key_that_has_another_name_now_is_named(tmp_path: Path, old: str) -> None:
    file = tmp_path / "dashboard.toml"
    file.write_text(f'[keys]\n{old} = "f3"\n')
    with pytest.raises(SettingsFileError, match=f"write {RENAMED_KEYS[old]} there"):
        read_chosen(file)


def test_the_last_keys_of_a_screen_give_way_to_those_that_each_has() -> None:
    keys = [("open", 6), ("back", 8), ("sort", 6), ("prompt('/')", 7), ("keys", 5), ("quit", 5)]
    assert fitting_keys(keys, 80) == [0, 1, 2, 3, 4, 5]
    assert fitting_keys(keys, 54) == [0, 1, 3, 4, 5], "the last of its own"
    assert fitting_keys(keys, 20) == [1, 3, 4, 5], "never those that lead on"
