"""One declaration of settings: sources, bounds, and what is said of a mistake."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pytest
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.settings import LOG_LEVEL, NOT_NEGATIVE, PORT, SettingsReader, about


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    port: Annotated[int, PORT, about("A port.")] = 80
    rate: Annotated[float, NOT_NEGATIVE, about("A rate.")] = 1.0
    level: Annotated[str, LOG_LEVEL, about("A level.")] = "info"
    folder: Annotated[Path, about("A folder.")] = Path("var")
    names: Annotated[tuple[str, ...], about("Names.")] = ()
    places: Annotated[tuple[Place, ...], about("Places.")] = ()
    options: Annotated[dict[str, str], about("Options.")] = field(default_factory=dict)


OWN = SettingsReader(Settings, "OWN_", frozenset({"CONFIG"}))
SHARED = SettingsReader(Settings, "OWN_", None)


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('port = 1\nrate = 2\nfolder = "a"\n')
    read = OWN.load(file, {"OWN_PORT": "2", "OWN_RATE": "3"}, {"rate": 4, "folder": None})
    assert read == Settings(port=2, rate=4.0, folder=Path("a"))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("names", "a, b,", ("a", "b")),
        ("names", '["a", "b"]', ("a", "b")),
        ("names", "", ()),
        ("places", '[{"name": "n", "x": 1}]', (Place("n", 1.0),)),
        ("options", '{"a": "1"}', {"a": "1"}),
        ("folder", "~/x", Path.home() / "x"),
        ("level", "WARNING", "WARNING"),
    ],
)
def test_what_variables_hold(key: str, text: str, value: Any) -> None:
    assert getattr(OWN.load(environ={f"OWN_{key.upper()}": text}), key) == value


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OWN_PROT": "1"}, "OWN_PROT: unknown setting 'prot'; did you mean 'port'?"),
        ({"OWN_ZZZZ": "1"}, "known: port, rate"),
        ({"OWN_PORT": "many"}, "OWN_PORT = 'many': Expected `int`"),
        ({"OWN_PORT": "70000"}, "OWN_PORT = '70000': Expected `int` <= 65535"),
        ({"OWN_RATE": "nan"}, "OWN_RATE = 'nan': Expected `float` >= 0"),
        ({"OWN_LEVEL": "loud"}, "OWN_LEVEL = 'loud': Expected `str` matching"),
        ({"OWN_PLACES": "n"}, "OWN_PLACES = 'n': not JSON"),
        ({"OWN_PLACES": '[{"name": "n"}]'}, "missing required field `x`"),
    ],
)
def test_a_mistake_names_its_variable(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        OWN.load(environ=environ)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"port": True}, "x.toml: port = True: Expected `int`, got `bool`"),
        ({"folder": 3}, "x.toml: folder = 3: Expected a path, got int"),
        ({"names": "a"}, None),
        ({"names": [1]}, "x.toml: names = [1]: Expected `str`, got `int`"),
    ],
)
def test_a_mistake_names_its_source(values: dict[str, Any], said: str | None) -> None:
    if said is None:
        assert OWN.parse(values, "x.toml").names == ("a",)
        return
    with pytest.raises(SettingsError) as raised:
        OWN.parse(values, "x.toml")
    assert said in str(raised.value)


def test_a_shared_prefix_belongs_to_others_as_well() -> None:
    environ = {"OWN_TOKEN": "t", "OWN_CONFIG": "c", "OWN_PORT": "7", "own_rate": "9"}
    assert SHARED.load(environ=environ) == Settings(port=7)
    with pytest.raises(SettingsError, match="OWN_TOKEN"):
        OWN.load(environ=environ)


@pytest.mark.parametrize(
    ("text", "said"), [(None, "check the path"), ("port = = 1", "not valid TOML")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "own.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=said) as raised:
        OWN.load(file, {})
    assert str(file) in str(raised.value)
