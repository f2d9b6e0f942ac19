"""Whether keys of one's own can be used: names and keys that there are, and no key for two things.

A key that two things had would silently do one of them.
"""

import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from textual.binding import Binding, InvalidBinding
from textual.keys import Keys

from lamplighter_dashboard.settings.chosen import Chosen, SettingsFileError

HELD = {"ctrl", "shift", "alt", "super", "hyper", "meta"}


@dataclass(frozen=True)
class NamedKey:
    """What keys do. `name`: by which it can be given others; empty: it cannot."""

    name: str
    about: str
    keys: frozenset[str]


Place = Sequence[NamedKey]
"""What keys do that count at the same time."""


def check_keys(chosen: Chosen, places: Sequence[Place], file: object) -> None:
    """`places`: all that keys do.

    Raises:
        SettingsFileError: a name or key is not known, or a key would do two things.
    """
    known = {one.name for place in places for one in place if one.name}
    wanted = {name: _keys(name, text, known, file) for name, text in chosen.keys.items()}
    for place in places:
        if clash := _clash(wanted, place):
            raise SettingsFileError(f"{file}: {clash}")


def _keys(name: str, text: str, known: set[str], file: object) -> frozenset[str]:
    """Keys as they are told apart, from `o,f3` or `?`."""
    if name not in known:
        near = get_close_matches(name, sorted(known), 1)
        meant = f"; write {near[0]}, or another" if near else "; write one"
        raise SettingsFileError(
            f"{file}: no key is called {name}, as [keys] has it{meant} of those that the reference"
            " of the dashboard names"
        )
    keys = keys_of(text)
    if not keys or not all(map(_is_key, keys)):
        raise SettingsFileError(
            f'{file}: keys.{name} = "{text}" is no key; write one or more, as in "f3" or "o,ctrl+h"'
        )
    return keys


def keys_of(text: str) -> frozenset[str]:
    """Keys as they are told apart; none: an empty one is among them."""
    try:
        return frozenset(one.key for one in Binding.make_bindings([Binding(text, "")]))
    except InvalidBinding:
        return frozenset()


def _is_key(key: str) -> bool:
    *held, last = key.split("+")
    is_named = len(last) == 1 or last in NAMED or _is_letter(last)
    return is_named and HELD.issuperset(held)


def _is_letter(name: str) -> bool:
    try:
        return bool(unicodedata.lookup(name.replace("_", " ")))
    except KeyError:
        return False


NAMED = {key.value for key in Keys} | {
    key for sign in string.punctuation for key in keys_of(sign) if sign != ","
}


def _clash(wanted: Mapping[str, frozenset[str]], place: Place) -> str:
    """A key that was chosen and would do two things, and what mends it; empty: there is none."""
    for one in place:
        for other in place if one.name in wanted else ():
            is_same = other is one or (not other.name and other.about == one.about)
            both = wanted[one.name] & wanted.get(other.name, other.keys)
            if both and not is_same:
                named = f" ({other.name})" if other.name else ""
                more = f", or give {other.name} another one, too" if other.name else ""
                return (
                    f'keys.{one.name} = "{min(both)}" is the key of "{other.about}"{named} already;'
                    f" write another one{more}"
                )
    return ""
