"""Settings: who wins, and what is said when a value is not usable."""

from pathlib import Path

import pytest
from lamplighter_controller.settings import load_settings
from lamplighter_wire.errors import SettingsError


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('api_port = 1\nbroker_port = 2\npower_w = 3\npublic_names = ["a", "b"]\n')
    env = {"LAMPLIGHTER_BROKER_PORT": "20", "LAMPLIGHTER_POWER_W": "30", "LAMPLIGHTER_URL": "x"}
    found = load_settings(file, env, {"power_w": 300, "api_host": None})
    assert (found.api_port, found.broker_port, found.power_w) == (1, 20, 300.0)
    assert found.public_names == ["a", "b"]
    assert found.api_host == "127.0.0.1"
    assert found.database.startswith("sqlite:///")


def test_lists_in_variables() -> None:
    found = load_settings(None, {"LAMPLIGHTER_PUBLIC_NAMES": "gate.example, 10.0.0.1"})
    assert found.public_names == ["gate.example", "10.0.0.1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("api_prt = 1", "api_prt"),
        ('api_port = "x"', "api_port"),
        ("api_port = -1", ">= 0"),
        ("api_port = true", "api_port"),
        ("public_names = []", "public_names"),
        ("api_port =", "TOML"),
    ],
)
def test_what_is_not_usable_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said) as found:
        load_settings(file, {})
    assert "c.toml" in str(found.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="check the path"):
        load_settings(tmp_path / "no.toml", {})
