"""YAML and JSON: a list of devices, or one under `devices`. Every value is read as a text."""

import json
from typing import Any

from lamplighter_client.inventory.rows import Flaw, InventoryError, Row

DEVICES = "devices"
LABELS = "labels"
LINE_ENDS = {"\x85", "\u2028", "\u2029"}
WANTED = "write a list of devices, each with an id"


def read_yaml(text: str, name: str) -> list[Row]:
    """Rows with their lines. `no` and `007` stay what is written.

    Raises:
        InventoryError: it is no YAML, or no list of devices.
    """
    import yaml

    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is no YAML"
        raise InventoryError(
            name, [Flaw(place, "", f"{problem}; check the indentation")]
        ) from error
    if isinstance(root, yaml.MappingNode):
        named = [value for key, value in root.value if key.value == DEVICES]
        root = named[0] if named else root
    if not isinstance(root, yaml.SequenceNode):
        raise InventoryError(name, [Flaw("", "", WANTED)])
    flaws: list[Flaw] = []
    rows = [Row(_line(node), _cells(node, _line(node), flaws)) for node in root.value]
    if flaws:
        raise InventoryError(name, flaws)
    return rows


def write_yaml(rows: Any) -> str:
    """The file's text."""
    import yaml

    dumper: Any = type("Dumper", (yaml.SafeDumper,), {})

    def quoted(dumper: Any, text: str) -> Any:
        """What YAML would fold as an end of a line stands in quotation marks."""
        style = '"' if set(text) & LINE_ENDS else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    dumper.add_representer(str, quoted)
    return str(yaml.dump(rows, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000))


def read_json(text: str, name: str) -> list[Row]:
    """Rows with their numbers, from 1.

    Raises:
        InventoryError: it is no JSON, or no list of devices.
    """
    try:
        root = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        place = f"line {line}" if line else ""
        raise InventoryError(name, [Flaw(place, "", f"it is no JSON: {error}")]) from error
    listed = root.get(DEVICES) if isinstance(root, dict) else root
    if not isinstance(listed, list):
        raise InventoryError(name, [Flaw("", "", WANTED)])
    flaws = [
        Flaw(f"entry {number}", "", "write an object with an id")
        for number, value in enumerate(listed, 1)
        if not isinstance(value, dict)
    ]
    if flaws:
        raise InventoryError(name, flaws)
    return [
        Row(f"entry {n}", {k: _text(v) for k, v in value.items()})
        for n, value in enumerate(listed, 1)
    ]


def _line(node: Any) -> str:
    return f"line {node.start_mark.line + 1}"


def _cells(node: Any, place: str, flaws: list[Flaw]) -> dict[str, str | dict[str, str]]:
    """Texts of a mapping's scalars; a mapping under `labels` is one of texts."""
    import yaml

    cells: dict[str, str | dict[str, str]] = {}
    if not isinstance(node, yaml.MappingNode):
        flaws.append(Flaw(place, "", "write `id: …`, and further fields below it"))
        return cells
    for key, value in node.value:
        title, where = str(key.value), _line(value)
        if title in cells:
            flaws.append(Flaw(_line(key), title, "stands there twice; keep one"))
        elif isinstance(value, yaml.ScalarNode):
            cells[title] = _scalar(value)
        elif title == LABELS and isinstance(value, yaml.MappingNode):
            cells[title] = {k: str(v) for k, v in _cells(value, where, flaws).items()}
        else:
            flaws.append(Flaw(where, title, "write one text or number"))
    return cells


def _scalar(node: Any) -> str:
    """What is written; nothing for a null."""
    return "" if node.tag.endswith(":null") and node.style is None else str(node.value)


def _text(value: Any) -> str | dict[str, str]:
    if isinstance(value, dict):
        return {key: str(_text(one)) for key, one in value.items()}
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | list) else str(value)
