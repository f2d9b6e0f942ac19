"""Inventories survive every format, and a file that is not in order is told by line and column."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_client.documents.registering.registrations import InventoryEntry
from lamplighter_client.inventory.files import inventory_text, parse_inventory, read_inventory
from lamplighter_client.inventory.rows import Format, InventoryError

FORMATS = pytest.mark.parametrize("kind", list(Format))

printable = st.text(
    st.characters(exclude_characters="\x7f", exclude_categories=["Cs"], min_codepoint=32),
    max_size=20,
)
keys = st.text(
    st.characters(
        exclude_characters=',=!<>|*"\x7f', exclude_categories=["Cs", "Zs", "Zl", "Zp"]
    ).filter(lambda sign: not sign.isspace() and sign > " "),
    min_size=1,
    max_size=8,
)
ids = st.text("abz019-", min_size=1, max_size=12)


def limits(most: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(0, most, allow_nan=False)


entries = st.builds(
    InventoryEntry,
    id=ids,
    site=printable,
    group=printable,
    camera=printable,
    labels=st.dictionaries(keys, printable, max_size=4),
    latency_p95_ms=limits(60_000.0),
    power_w=limits(10_000.0),
    memory_bytes=limits(2.0**50),
)
inventories = st.lists(entries, min_size=1, max_size=5, unique_by=lambda entry: entry.id)


@FORMATS
@settings(max_examples=40, deadline=None)
@given(inventory=inventories)
def test_what_is_written_is_read_again(kind: Format, inventory: list[InventoryEntry]) -> None:
    text = inventory_text(inventory, kind)
    assert [entry for _, entry in parse_inventory(text, kind, "file")] == inventory


@FORMATS
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(kind: Format, text: str) -> None:
    try:
        assert parse_inventory(text, kind, "file")
    except InventoryError as error:
        assert error.flaws


def flaws(text: str, kind: Format = Format.CSV) -> list[str]:
    with pytest.raises(InventoryError) as refused:
        parse_inventory(text, kind, "gates.csv")
    return str(refused.value).splitlines()


def test_every_bad_line_is_named_with_its_column_and_what_to_write() -> None:
    lines = flaws(
        "id,site,labels,power_w\n"
        "cam-1,north,pole=7,6\n"
        "Cam 2,north,,\n"
        "cam-3,north,pole,\n"
        "cam-4,north,,six\n"
        "cam-1,south,,-1\n"
        "cam-5,south,,\n"
        "cam-5,south,,\n"
    )
    assert lines == [
        "gates.csv: line 3: id: 'Cam 2': use 1 to 40 of a-z, 0-9 and '-', or * and ? for ids that"
        " it shall fit",
        "gates.csv: line 4: labels: 'pole' has no '='; write key=value;key=value",
        "gates.csv: line 5: power_w: 'six' is no number; write one such as 66.7, or nothing",
        "gates.csv: line 6: power_w: Expected `float` >= 0.0",
        "gates.csv: line 8: id: cam-5 is on line 7 as well; keep one of them",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("", Format.CSV, "gates.csv: it is empty; write the columns' titles first"),
        ("id,id\n", Format.CSV, "gates.csv: line 1: id: write this column's title once"),
        ("site\nnorth\n", Format.CSV, "gates.csv: line 1: id: write this column's title once"),
        ("id\na,b\n", Format.CSV, "gates.csv: line 2: more cells than the 1 titles"),
        ("id,sites\ncam-1,x\n", Format.CSV, "line 2: sites: no such column; did you mean site?"),
        ("id\ncam-[3-1]\n", Format.CSV, "line 2: id: [3-1] is no range; write it as [01-24]"),
        ("- id: cam-1\n  site: [a]\n", Format.YAML, "line 2: site: write one text or number"),
        ("- id: cam-1\n  id: cam-2\n", Format.YAML, "line 2: id: stands there twice; keep one"),
        ("- cam-1\n", Format.YAML, "line 1: write `id: …`"),
        ("a: [\n", Format.YAML, "check the indentation"),
        ("site: north\n", Format.YAML, "write a list of devices, each with an id"),
        ('{"devices": 3}', Format.JSON, "write a list of devices, each with an id"),
        ("[3]", Format.JSON, "entry 1: write an object with an id"),
        ("[\n{,", Format.JSON, "line 2: it is no JSON"),
    ],
)
def test_what_is_wrong_is_told(text: str, kind: Format, told: str) -> None:
    assert told in "\n".join(flaws(text, kind))


def test_files_of_spreadsheets_are_read(tmp_path: Path) -> None:
    file = tmp_path / "gates.csv"
    file.write_text('Id;Site;Labels\r\ncam-1;Brücke Süd;"pole=7;lens=wide"\r\n;;\r\n', "utf-8-sig")
    ((place, entry),) = read_inventory(file)
    assert place == "line 2"
    assert entry == InventoryEntry(
        id="cam-1", site="Brücke Süd", labels={"pole": "7", "lens": "wide"}
    )


def test_a_range_is_as_many_devices_and_each_knows_its_number() -> None:
    text = "- id: gate-[08-10]\n  camera: rtsp://10.0.0.{n}/1\n"
    read = [entry for _, entry in parse_inventory(text, Format.YAML, "x")]
    assert [(e.id, e.camera) for e in read] == [
        ("gate-08", "rtsp://10.0.0.8/1"),
        ("gate-09", "rtsp://10.0.0.9/1"),
        ("gate-10", "rtsp://10.0.0.10/1"),
    ]


def test_yaml_takes_what_is_written_for_what_is_meant() -> None:
    text = "devices:\n- {id: '007', site: no, group: 010, power_w: , labels: {on: off}}\n"
    ((_, entry),) = parse_inventory(text, Format.YAML, "x")
    assert (entry.id, entry.site, entry.group, entry.power_w) == ("007", "no", "010", None)
    assert entry.labels == {"on": "off"}


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"name it with one of \.csv"):
        read_inventory(tmp_path / "gates.xlsx")
    with pytest.raises(InventoryError, match="does not exist"):
        read_inventory(tmp_path / "gates.csv")
    (tmp_path / "old.csv").write_bytes("id\nBr\xfccke".encode("latin-1"))
    with pytest.raises(InventoryError, match="save it as UTF-8"):
        read_inventory(tmp_path / "old.csv")
