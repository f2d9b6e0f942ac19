"""Answers of cameras as trees: XML without documents' types and entities, in bounds.

A camera is a stranger's machine. What expands, nests without end or is too large is refused.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from lamplighter_agent.errors import SourceError

MOST_BYTES = 256 * 1024
MOST_DEPTH = 32
MOST_ELEMENTS = 10_000
LONGEST_TEXT = 2_000
_SEPARATOR = " "


@dataclass(slots=True)
class Element:
    """An element by its local name: cameras differ in the prefixes of namespaces, not in names."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, name: str) -> list["Element"]:
        """Everything of a name below it, in the document's order."""
        found = [] if self.name != name else [self]
        for child in self.children:
            found += child.all(name)
        return found

    def first(self, *names: str) -> "Element | None":
        """Follow names downwards, the first of each."""
        at: Element | None = self
        for name in names:
            at = next(iter(at.all(name)), None) if at is not None else None
        return at

    def words(self, *names: str) -> str:
        """The text of what `first` finds; empty: there is none."""
        found = self.first(*names)
        return found.text.strip() if found is not None else ""


class _Tree:
    """What is read so far."""

    def __init__(self) -> None:
        self.root = Element("")
        self.open = [self.root]
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) > MOST_DEPTH or self.count > MOST_ELEMENTS:
            raise SourceError("its ONVIF answer has too many parts")
        own = {_local(key): value[:LONGEST_TEXT] for key, value in attributes.items()}
        element = Element(_local(name), own)
        self.open[-1].children.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        element = self.open[-1]
        element.text = (element.text + text)[:LONGEST_TEXT]


def read_answer(data: bytes) -> Element:
    """The tree of an answer.

    Raises:
        SourceError: it is no XML, or XML that a camera has no reason to send.
    """
    if len(data) > MOST_BYTES:
        raise SourceError(f"its ONVIF answer has more than {MOST_BYTES // 1024} KiB")
    tree = _Tree()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = tree.start, tree.end
    parser.CharacterDataHandler = tree.data
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise SourceError(f"its ONVIF answer is no XML: {error}") from error
    return tree.root


def _refuse(*_declaration: object) -> None:
    raise SourceError("its ONVIF answer declares types or entities of its own, which none needs")


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]
