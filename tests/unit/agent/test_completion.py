"""Shells complete the agent's commands, by what `lamplighter-agent completion` prints."""

from pathlib import Path

import pytest
from lamplighter_agent.__main__ import OK, main

from tests.simulators.shells import complete

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> str:
    shell: str = request.node.callspec.params["shell"]
    assert main(["--config", "/no/such/file", "completion", shell]) == OK
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_are_completed(shell: str, script: str, tmp_path: Path) -> None:
    offered = complete(shell, script, tmp_path, ["lamplighter-agent", "en"])
    assert offered == {"enrol"}


@pytest.mark.parametrize("shell", SHELLS)
def test_options_of_a_command_are_those_of_no_other(
    shell: str, script: str, tmp_path: Path
) -> None:
    line = ["lamplighter-agent", "--state-dir", "/x", "enrol", "--tok"]
    assert complete(shell, script, tmp_path, line) == {"--token", "--token-file"}
    assert complete(shell, script, tmp_path, ["lamplighter-agent", "status", "--j"]) == {"--json"}
    assert complete(shell, script, tmp_path, ["lamplighter-agent", "health", "--j"]) == set()


@pytest.mark.parametrize("shell", SHELLS)
def test_where_a_file_is_wanted_files_are_offered(shell: str, script: str, tmp_path: Path) -> None:
    (tmp_path / "token.txt").touch()
    line = ["lamplighter-agent", "enrol", "--token-file", f"{tmp_path}/tok"]
    (offered,) = complete(shell, script, tmp_path, line)
    assert Path(offered).name == "token.txt"


@pytest.mark.parametrize("shell", SHELLS)
def test_words_to_choose_from_are_offered(shell: str, script: str, tmp_path: Path) -> None:
    assert complete(shell, script, tmp_path, ["lamplighter-agent", "completion", "z"]) == {"zsh"}


def test_another_shell_is_wrong_use() -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["completion", "tcsh"])
