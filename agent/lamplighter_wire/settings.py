"""Settings of a program: an annotated dataclass, filled from a TOML file, variables and arguments.

A setting is declared once, with its type, bounds, default and meaning:

    api_port: Annotated[int, PORT, about("Port of the HTTP API.")] = 8080
"""

import difflib
import json
import math
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from lamplighter_wire.command_line.shown_addresses import conceal_addresses
from lamplighter_wire.errors import SettingsError, os_error_text

T = TypeVar("T")

POSITIVE = Meta(gt=0)
NOT_NEGATIVE = Meta(ge=0)
PORT = Meta(ge=0, le=65535)
LOG_LEVEL = Meta(pattern="^(?i:debug|info|warning|error)$")


def about(text: str) -> Meta:
    """What a setting means, for its reference page."""
    return Meta(description=text)


@dataclass(frozen=True, slots=True)
class SettingsReader(Generic[T]):
    """Reads settings of one kind.

    Args:
        kind: a dataclass in which every field is Annotated.
        prefix: of the variables; the rest is the setting's name in capitals.
        others: what else may follow the prefix. None: anything, because other programs share it.
    """

    kind: type[T]
    prefix: str
    others: frozenset[str] | None = frozenset()

    def load(
        self,
        path: Path | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> T:
        """Later sources win: defaults, file, environment, overrides (None is no override).

        Lists and tables are JSON in variables; lists of words may be separated by commas.

        Raises:
            SettingsError: names the source, the key and what it wants.
        """
        values = self._converted(_read_toml(path), f"{path}: ") if path else {}
        values |= self._from_environment(os.environ if environ is None else environ)
        given = {key: value for key, value in (overrides or {}).items() if value is not None}
        values |= self._converted(given, "command line: ")
        return self.kind(**values)

    def parse(self, values: Mapping[str, Any], source: str = "settings") -> T:
        """From one source alone. Raises SettingsError, as `load` does."""
        return self.kind(**self._converted(values, f"{source}: "))

    def _from_environment(self, environ: Mapping[str, str]) -> dict[str, Any]:
        known, texts = self._hints(), {}
        for variable, text in environ.items():
            key = variable.removeprefix(self.prefix)
            if key == variable or (self.others is not None and key in self.others):
                continue
            if key.lower() in known and key.isupper():
                texts[key.lower()] = text
            elif self.others is not None:
                raise SettingsError(f"{variable}: {self._unknown(key.lower())}")
        return {
            key: _convert(f"{self.prefix}{key.upper()}", known[key], text)
            for key, text in texts.items()
        }

    def _converted(self, values: Mapping[str, Any], source: str) -> dict[str, Any]:
        known = self._hints()
        for key in values:
            if key not in known:
                raise SettingsError(source + self._unknown(key))
        return {key: _convert(source + key, known[key], value) for key, value in values.items()}

    def _unknown(self, key: str) -> str:
        near = difflib.get_close_matches(key, self._hints(), 1)
        remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self._hints())}"
        return f"unknown setting {key!r}; {remedy}"

    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.kind, include_extras=True)


def named(name: str, known: Collection[str], setting: str) -> str:
    """The name itself, where it is of what there is.

    Raises:
        SettingsError: it is not; names the nearest, else all.
    """
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, 1)
    remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
    raise SettingsError(f"{setting}: there is no {name!r}; {remedy}")


def plain_type(hint: Any) -> Any:
    """The type without its annotations."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file: {os_error_text(error, path)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error


def _convert(place: str, hint: Any, value: Any) -> Any:
    kind = plain_type(hint)
    try:
        if isinstance(value, str) and get_origin(kind) in (list, tuple, dict):
            value = _parsed(kind, value)
        converted = msgspec.convert(value, hint, strict=False, dec_hook=_path)
        if not _is_finite(msgspec.to_builtins(converted, enc_hook=str)):
            raise msgspec.ValidationError("Expected a finite number")
        return converted
    except msgspec.MsgspecError as error:
        raise SettingsError(conceal_addresses(f"{place} = {value!r}: {error}")) from error


def _is_finite(value: Any) -> bool:
    """Whether each number in it can be reckoned with."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _parsed(kind: Any, text: str) -> Any:
    """A list or table that is written in a variable."""
    is_words = get_origin(kind) is not dict and plain_type(get_args(kind)[0]) is str
    if is_words and not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return json.loads(text, object_pairs_hook=_table)
    except json.JSONDecodeError as error:
        raise msgspec.ValidationError(f"not JSON: {error}") from error


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """As in TOML, a key that is there twice is a mistake."""
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise msgspec.ValidationError(f"{twice!r} is there twice")
    return table


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise msgspec.ValidationError(f"Expected a path, got {type(value).__name__}")
