"""Keys of one's own: what cannot be used is named, with what mends it."""

import tomllib
from pathlib import Path

import pytest
from lamplighter_dashboard.app import Dashboard
from lamplighter_dashboard.commands.key_places import key_places
from lamplighter_dashboard.opening import open_dashboard
from lamplighter_dashboard.settings import chosen as chosen_module
from lamplighter_dashboard.settings.chosen import CHOSEN_FILE, Chosen, SettingsFileError
from lamplighter_dashboard.settings.key_map import check_keys

from docs.generate.dashboard import FILES

PLACES = key_places(Dashboard)


def trouble(**keys: str) -> str:
    named = {name.replace("_", "-"): text for name, text in keys.items()}
    try:
        check_keys(Chosen(keys=named), PLACES, "dashboard.toml")
    except SettingsFileError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"fleet_sort": "o"}, 'keys.fleet-sort = "o" is the key of "Turn the order" (fleet-turn)'),
        ({"fleet_sort": "q"}, "(quit) already; write another one, or give quit another"),
        ({"table_down": "p"}, "(device-plan) already"),
        ({"street_class": "ctrl+o", "street_still": "f4,ctrl+o"}, "(street-still) already"),
        ({"group_set": "down"}, '"Cursor down" already; write another one'),
        ({"fleet_srot": "f3"}, "no key is called fleet-srot, as [keys] has it; write fleet-sort"),
        ({"fleet_sort": "cntrl+x"}, '"cntrl+x" is no key; write one or more'),
        ({"fleet_sort": ""}, "is no key"),
    ],
)
def test_what_would_be_silent_is_said(keys: dict[str, str], said: str) -> None:
    assert said.lower() in trouble(**keys).lower()


@pytest.mark.parametrize(
    "keys",
    [
        {"fleet_sort": "o", "fleet_turn": "s"},
        {"table_up": "up,ctrl+w"},
        {"quit": "ctrl+q"},
        {"events_older": "f3", "fleet_sort": "f3"},
        {"prompt_query": "§"},
    ],
)
def test_what_means_one_thing_on_each_screen_is_taken(keys: dict[str, str]) -> None:
    assert trouble(**keys) == ""


def test_without_keys_of_one_s_own_none_means_two_things() -> None:
    for place in PLACES:
        named = [one for one in place if one.name]
        taken = [key for one in named for key in one.keys]
        assert len(taken) == len(set(taken))


@pytest.mark.parametrize("text", [chosen_module.__doc__, FILES.split("```")[1][4:]])
def test_the_examples_can_be_used(text: str) -> None:
    example = text.partition("\n\n")[2] if text.startswith("What") else text
    keys = tomllib.loads(example)["keys"]
    assert keys
    check_keys(Chosen(keys=keys), PLACES, "dashboard.toml")


def test_the_file_is_named_before_anything_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "lamplighter" / CHOSEN_FILE
    file.parent.mkdir()
    file.write_text('[keys]\nfleet-sort = "o"\n')
    with pytest.raises(SettingsFileError, match=f"{file}: keys.fleet-sort"):
        open_dashboard(None, read_only=True)
