"""The layout of a checkout, read from its imports: packages, rooms, arrows, levels, sizes.

A room is a folder of a package. A module that lies in the package itself is a room of its own.
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import grimp

FOLDERS = ("agent", "recipes", "controller")
Arrow = tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """What depends on what in one checkout."""

    rooms: Mapping[str, tuple[Path, ...]]
    """Name of a room, `package.room` -> files of its modules."""
    arrows: Mapping[Arrow, int]
    """(importing room, imported room) -> imports between their modules."""

    def of(self, package: str) -> "Layout":
        """The rooms of one package, and the arrows between them."""
        rooms = {name: files for name, files in self.rooms.items() if package_of(name) == package}
        arrows = {a: n for a, n in self.arrows.items() if a[0] in rooms and a[1] in rooms}
        return Layout(rooms, arrows)

    def packages(self) -> "Layout":
        """The same with each package as one room."""
        rooms: dict[str, tuple[Path, ...]] = defaultdict(tuple)
        for name, files in self.rooms.items():
            rooms[package_of(name)] += files
        arrows: Counter[Arrow] = Counter()
        for (importer, imported), count in self.arrows.items():
            arrows[package_of(importer), package_of(imported)] += count
        return Layout(dict(rooms), {a: n for a, n in arrows.items() if a[0] != a[1]})


def read_layout(checkout: Path) -> Layout:
    """Read the packages of `checkout`; nothing of it is imported."""
    folders = [path for name in FOLDERS for path in sorted((checkout / name).glob("lamplighter_*"))]
    modules = {name: path for folder in folders for name, path in _modules(folder)}
    rooms: dict[str, tuple[Path, ...]] = defaultdict(tuple)
    for name, path in modules.items():
        rooms[room_of(name)] += (path,)
    arrows: Counter[Arrow] = Counter()
    for importer, imported in _imports(folders):
        arrow = room_of(importer), room_of(imported)
        if arrow[0] != arrow[1] and rooms.keys() >= set(arrow):
            arrows[arrow] += 1
    return Layout(dict(sorted(rooms.items())), dict(sorted(arrows.items())))


def package_of(name: str) -> str:
    """The package of a room or module."""
    return name.partition(".")[0]


def room_of(module: str) -> str:
    """The room in which a module lies."""
    return ".".join(module.split(".")[:2])


def _modules(folder: Path) -> Iterator[tuple[str, Path]]:
    """Modules below a package folder; an `__init__` without statements is none."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        if parts[-1] != "__init__":
            yield ".".join(parts), path
        elif any(not isinstance(node, ast.Expr) for node in ast.parse(path.read_text()).body):
            yield ".".join(parts[:-1]) + (".__init__" if len(parts) == 2 else ""), path


def _imports(folders: list[Path]) -> list[Arrow]:
    """(importing module, imported module), every pair once."""
    places = [str(path) for path in dict.fromkeys(folder.parent for folder in folders)]
    sys.path[:0] = places
    try:
        names = [folder.name for folder in folders]
        graph = grimp.build_graph(*names, cache_dir=None)
    finally:
        del sys.path[: len(places)]
    return sorted(
        (_module_name(importer, names), _module_name(imported, names))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )


def _module_name(name: str, packages: list[str]) -> str:
    return f"{name}.__init__" if name in packages else name


def circles(layout: Layout) -> list[frozenset[str]]:
    """Groups of rooms that import each other, directly or over others."""
    reached = {room: _reached(room, layout.arrows) for room in layout.rooms}
    groups = {
        frozenset({room} | {other for other in reached[room] if room in reached[other]})
        for room in layout.rooms
    }
    return sorted((group for group in groups if len(group) > 1), key=sorted)


def arrows_up(layout: Layout) -> set[Arrow]:
    """The arrows that must go for the circles to open: of each circle the weakest first."""
    arrows = dict(layout.arrows)
    up: set[Arrow] = set()
    while groups := circles(Layout(layout.rooms, arrows)):
        inside = [a for a in arrows if any(set(a) <= group for group in groups)]
        weakest = min(inside, key=lambda arrow: (arrows[arrow], arrow))
        up.add(weakest)
        del arrows[weakest]
    return up


def levels(layout: Layout) -> dict[str, int]:
    """Room -> length of the longest way down from it, arrows up left aside."""
    up = arrows_up(layout)
    below: dict[str, list[str]] = defaultdict(list)
    for importer, imported in layout.arrows.keys() - up:
        below[importer].append(imported)
    heights: dict[str, int] = {}

    def height(room: str) -> int:
        if room not in heights:
            heights[room] = max((height(other) + 1 for other in below[room]), default=0)
        return heights[room]

    return {room: height(room) for room in sorted(layout.rooms)}


def implied(layout: Layout) -> set[Arrow]:
    """Arrows for which there is also a longer way down."""
    down = layout.arrows.keys() - arrows_up(layout)
    return {
        (importer, imported)
        for importer, imported in down
        if any(
            imported in _reached(between, down)
            for start, between in down
            if start == importer and between != imported
        )
    }


def _reached(room: str, arrows: Mapping[Arrow, int] | set[Arrow]) -> set[str]:
    below: dict[str, list[str]] = defaultdict(list)
    for importer, imported in arrows:
        below[importer].append(imported)
    reached: set[str] = set()
    waiting = list(below[room])
    while waiting:
        other = waiting.pop()
        if other not in reached:
            reached.add(other)
            waiting += below[other]
    return reached


@dataclass(frozen=True)
class Sizes:
    """Lines of files and functions of one package."""

    median_file: int
    largest_file: int
    median_function: int
    p90_function: int
    p99_function: int


def sizes(layout: Layout) -> Sizes:
    """Measure every module of `layout`."""
    texts = [path.read_text() for files in layout.rooms.values() for path in files]
    files = [len(text.splitlines()) for text in texts]
    functions = [length for text in texts for length in _function_lines(text)] or [0]
    cuts = quantiles(functions, n=100, method="inclusive") if len(functions) > 1 else functions * 99
    return Sizes(
        round(median(files)), max(files), round(median(functions)), round(cuts[89]), round(cuts[98])
    )


def _function_lines(text: str) -> Iterator[int]:
    """Lines of each function, from its `def` to its end."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1
