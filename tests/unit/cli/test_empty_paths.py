"""A path that is empty, as of a variable that is not set, is not the folder that one is in."""

from pathlib import Path

import pytest
from lamplighter_agent.__main__ import parser
from lamplighter_cli.app import app
from typer.testing import CliRunner

from tests.simulators.hostile_arguments import DANGLING, cases

ALL = cases("http://127.0.0.1:9", "token")
PATHS = {(c.program, c.command, c.option) for c in ALL if c.value == DANGLING}
EMPTY = [c for c in ALL if not c.value and (c.program, c.command, c.option) in PATHS]


def test_every_path_of_every_command_is_tried() -> None:
    assert len(EMPTY) > 50
    assert {case.program for case in EMPTY} == {"lamplighter", "lamplighter-agent"}


@pytest.mark.parametrize("case", [c for c in EMPTY if c.program == "lamplighter"], ids=str)
def test_a_command_refuses_it(case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, list(case.arguments))
    assert ended.exit_code == 2
    assert "the path is empty" in ended.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("case", [c for c in EMPTY if c.program == "lamplighter-agent"], ids=str)
def test_the_agent_refuses_it(case, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(case.arguments)
    assert ended.value.code == 2
    assert "the path is empty" in capsys.readouterr().err


def test_an_empty_device_is_not_all_sites() -> None:
    ended = CliRunner().invoke(app, ["specialise-site", ""])
    assert ended.exit_code == 1
    assert "leave it out" in str(ended.exception)
