"""File, then environment, then arguments; each mistake is named."""

from pathlib import Path

import pytest
from lamplighter_agent.settings import AgentSettings, CountLine, load_settings
from lamplighter_wire.errors import SettingsError


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings(environ={}) == AgentSettings()


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        'device = "cam-1"\nthreads = 2\nfps = 10\nstate_dir = "/tmp/x"\n'
        '[[lines]]\nname = "north"\nx1 = 0\ny1 = 1\nx2 = 2\ny2 = 3.5\n'
    )
    environ = {
        "LAMPLIGHTER_AGENT_CONFIG": str(file),
        "LAMPLIGHTER_AGENT_THREADS": "3",
        "LAMPLIGHTER_AGENT_FPS_CAP": "12.5",
        "LAMPLIGHTER_AGENT_SESSION_CONFIG": '{"session.disable_quant_qdq": "1"}',
        "LAMPLIGHTER_OTHER": "ignored",
    }
    settings = load_settings(environ=environ, overrides={"fps": 5.0, "device": None})
    assert settings.device == "cam-1"
    assert settings.threads == 3
    assert settings.fps == 5.0
    assert settings.fps_cap == 12.5
    assert settings.state_dir == Path("/tmp/x")
    assert settings.lines == (CountLine("north", 0, 1, 2, 3.5),)
    assert settings.session_config == {"session.disable_quant_qdq": "1"}


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        ({"LAMPLIGHTER_AGENT_THREAD": "1"}, "did you mean 'threads'"),
        ({"LAMPLIGHTER_AGENT_THREADS": "many"}, "THREADS = 'many'"),
        ({"LAMPLIGHTER_AGENT_THREADS": "0"}, "THREADS = '0'"),
        ({"LAMPLIGHTER_AGENT_BROKER_PORT": "70000"}, "BROKER_PORT"),
        ({"LAMPLIGHTER_AGENT_LINES": "["}, "LAMPLIGHTER_AGENT_LINES"),
        ({"LAMPLIGHTER_AGENT_CONFIG": "/nowhere.toml"}, "/nowhere.toml"),
    ],
)
def test_mistakes_are_named(environ: dict[str, str], hint: str) -> None:
    with pytest.raises(SettingsError, match=hint):
        load_settings(environ=environ)


def test_a_broken_file_names_itself(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("threads = = 1")
    with pytest.raises(SettingsError, match=r"bad\.toml"):
        load_settings(tmp_path / "bad.toml", environ={})
