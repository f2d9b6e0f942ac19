"""The layout is read from the imports, and the picture and table of the pages show it."""

import re
from pathlib import Path

import pytest

from docs.generate.architecture import PAGE, ROOT, table, table_of, with_table
from docs.generate.drawing import draw
from docs.generate.layout import Layout, arrows_up, circles, implied, levels, read_layout, sizes

COMMAND = "`.venv/bin/python -m docs.generate.architecture` draws it anew"
LAYOUT_COLUMNS = (1, 2, 3, 5, 6, 7)
"""package, levels, rooms, arrows, arrows up, circles: not the sizes."""


def _layout(*arrows: str) -> Layout:
    """From arrows such as "ab": a imports b."""
    pairs = {(f"p.{a}", f"p.{b}"): 1 for a, b in arrows}
    return Layout({room: () for pair in pairs for room in pair}, pairs)


def test_a_level_is_the_longest_way_down() -> None:
    assert levels(_layout("ab", "bc", "ac")) == {"p.a": 2, "p.b": 1, "p.c": 0}


def test_an_arrow_beside_a_longer_way_is_implied() -> None:
    assert implied(_layout("ab", "bc", "ac")) == {("p.a", "p.c")}


def test_a_circle_has_its_weakest_arrow_up() -> None:
    layout = _layout("ab", "bc", "ca", "cd")
    heavier = Layout(layout.rooms, {**layout.arrows, ("p.a", "p.b"): 2, ("p.c", "p.a"): 3})
    assert circles(heavier) == [frozenset({"p.a", "p.b", "p.c"})]
    assert arrows_up(heavier) == {("p.b", "p.c")}


def test_rooms_and_imports_are_read_from_files(tmp_path: Path) -> None:
    package = tmp_path / "agent/lamplighter_sample"
    for name, text in {
        "__init__.py": "",
        "app.py": "from lamplighter_sample.room import low\n",
        "room/__init__.py": '"""A room."""\n',
        "room/low.py": "def one():\n    return 1\n",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    layout = read_layout(tmp_path)
    assert {name: len(files) for name, files in layout.rooms.items()} == {
        "lamplighter_sample.app": 1,
        "lamplighter_sample.room": 1,
    }
    assert list(layout.arrows) == [("lamplighter_sample.app", "lamplighter_sample.room")]
    assert sizes(layout).largest_file == 2


def test_a_picture_names_rooms_and_arrows_and_is_always_the_same() -> None:
    layout = _layout("ab", "bc")
    assert _titles(draw(layout)) == {"p", "p.a", "p.b", "p.c", "p.a imports p.b", "p.b imports p.c"}
    assert draw(layout) == draw(layout)


def test_only_the_named_table_is_replaced() -> None:
    page = "<!-- table x -->\nold\n<!-- end of table -->\n<!-- table y -->\n<!-- end of table -->"
    changed = with_table(page, "y", "new\n")
    assert (table_of(changed, "x"), table_of(changed, "y")) == ("old\n", "new\n")


@pytest.fixture(scope="module")
def layout() -> Layout:
    """Of this checkout."""
    return read_layout(ROOT)


def test_packages_import_each_other_one_way(layout: Layout) -> None:
    assert circles(layout.packages()) == []


def test_the_picture_is_current(layout: Layout) -> None:
    picture = (ROOT / "docs/images/layout-now.svg").read_text()
    assert _titles(picture) == _titles(draw(layout)), COMMAND


def test_the_table_is_current(layout: Layout) -> None:
    shown = table_of((ROOT / PAGE).read_text(), "now")
    assert _layout_columns(shown) == _layout_columns(table(layout)), COMMAND


def _titles(picture: str) -> set[str]:
    return set(re.findall(r"<title>(.*?)</title>", picture))


def _layout_columns(text: str) -> list[list[str]]:
    return [[line.split("|")[i].strip() for i in LAYOUT_COLUMNS] for line in text.splitlines()]
