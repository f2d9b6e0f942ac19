"""What keys do on each screen: of the application, of the screen, and of the table on it."""

from collections.abc import Iterator

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from lamplighter_dashboard.screens.base import DashboardScreen
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_dashboard.screens.registry import SCREENS
from lamplighter_dashboard.settings.key_map import NamedKey, Place
from lamplighter_dashboard.widgets.fleet_table import FleetTable
from lamplighter_dashboard.widgets.lists.list_table import ListTable


def key_places(application: type[App[None]]) -> list[Place]:
    """Those of each screen."""
    for place in SCREENS:
        place.make()  # its module is imported, and with it those that are opened from there
    return [
        [*_keys(application), *_keys(kind), *_keys(_table(kind))]
        for kind in _kinds(DashboardScreen)
    ]


def _kinds(kind: type[DashboardScreen]) -> Iterator[type[DashboardScreen]]:
    yield kind
    for further in kind.__subclasses__():
        yield from _kinds(further)


def _table(kind: type[DashboardScreen]) -> type[DOMNode]:
    return FleetTable if issubclass(kind, FleetScreen) else ListTable


def _keys(kind: type[DOMNode]) -> list[NamedKey]:
    """What a class itself gives a key to counts before what those that it extends do."""
    taken: set[str] = set()
    found: dict[tuple[str, str], NamedKey] = {}
    for base in kind.__mro__:
        bindings = [*Binding.make_bindings(vars(base).get("BINDINGS", ()))]
        for one in bindings:
            if one.key not in taken:
                name, about = one.id or "", one.description or one.action
                before = found.get((name, about), NamedKey(name, about, frozenset()))
                found[name, about] = NamedKey(name, about, before.keys | {one.key})
        taken |= {one.key for one in bindings}
    return list(found.values())
