"""What the how-to shows is read by the agent as it says."""

import re
from pathlib import Path

from lamplighter_agent.settings import load_settings

PAGE = Path(__file__).resolve().parents[3] / "docs/how-to/gateway.md"


def test_the_settings_shown_give_two_streams(tmp_path: Path) -> None:
    text = PAGE.read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "agent.toml"
    file.write_text(block)
    settings = load_settings(file, environ={})
    assert list(settings.streams) == ["north", "south"]
    assert [(line.stream, line.name) for line in settings.lines] == [("north", "gate")]


def test_the_variable_shown_gives_a_stream() -> None:
    found = re.search(r"(LAMPLIGHTER_AGENT_SOURCES)='(.*?)'", PAGE.read_text())
    assert found is not None
    assert list(load_settings(environ={found[1]: found[2]}).streams) == ["north"]
