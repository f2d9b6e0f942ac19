"""What dashboards remember in one file, beside each other and after other versions."""

import json
from pathlib import Path

from lamplighter_dashboard.settings.remembered import Memory, View
from lamplighter_dashboard.themes.palettes import CONTRAST


def test_two_dashboards_keep_what_the_other_has_written(tmp_path: Path) -> None:
    file = tmp_path / "dashboard.json"
    one, other = Memory(file), Memory(file)
    one.keep("north", View(query="site=north"))
    other.keep("south", View(query="site=south"))
    one.change(theme=CONTRAST)
    other.change(hint_seen=True)
    kept = Memory(file).now
    assert {name: view.query for name, view in kept.views.items()} == {
        "north": "site=north",
        "south": "site=south",
    }
    assert (kept.theme, kept.hint_seen) == (CONTRAST, True)
    assert other.now == kept, "it knows what was written meanwhile"


def test_what_was_damaged_meanwhile_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "dashboard.json"
    memory = Memory(file)
    memory.keep("north", View(query="site=north"))
    file.write_text("{")
    memory.change(hint_seen=True)
    assert Memory(file).now == memory.now
    assert memory.now.views["north"].query == "site=north"


def test_an_order_or_grouping_of_another_version_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "dashboard.json"
    strange = {"sort": "-colour", "grouping": "mood", "query": "site=north"}
    known = {"sort": "-power", "grouping": "label:lens"}
    file.write_text(json.dumps({"view": strange, "views": {"a": strange, "b": known}}))
    kept = Memory(file).now
    assert kept.view == kept.views["a"] == View(query="site=north")
    assert (kept.views["b"].sort, kept.views["b"].grouping) == ("-power", "label:lens")
