"""The command line: exit codes, JSON, and errors in one line."""

import json
from pathlib import Path

import pytest
from lamplighter_cli import edge as cli
from lamplighter_cli.errors import EXIT_FAILED, EXIT_UNREACHABLE


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["lamplighter", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.run()
    return int(ended.value.code or 0)


def test_no_controller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run("device", "list", "--data", str(tmp_path), monkeypatch=monkeypatch)
    assert code == EXIT_UNREACHABLE
    text = capsys.readouterr().err
    assert "lamplighter serve" in text
    assert text.count("\n") == 1


def test_a_controller_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--url", "http://127.0.0.1:9", "--token", "t")
    assert run("device", "list", *where, monkeypatch=monkeypatch) == EXIT_UNREACHABLE
    assert "no controller answers" in capsys.readouterr().err


def test_recipes_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recipe", "list", "--json", monkeypatch=monkeypatch) == 0
    names = [recipe["name"] for recipe in json.loads(capsys.readouterr().out)]
    assert "int8-full" in names
    assert run("recipe", "show", "int8-full", "--json", monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)["precision"] == "int8"


def test_an_unknown_recipe_names_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recipe", "show", "nope", monkeypatch=monkeypatch) == EXIT_FAILED
    assert "int8-full" in capsys.readouterr().err


def test_recipe_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "broken"\nprecisoin = "int8"\n')
    code = run("recipe", "check", str(broken), "--json", monkeypatch=monkeypatch)
    assert code == EXIT_FAILED
    finding = json.loads(capsys.readouterr().out)[0]
    assert not finding["ok"]
    assert finding["remedy"]
    assert "broken.toml" in finding["error"]


def test_settings_errors_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.toml"
    config.write_text("api_prt = 1")
    code = run("serve", "--config", str(config), monkeypatch=monkeypatch)
    assert code == EXIT_FAILED
    assert "api_prt" in capsys.readouterr().err


def test_a_path_that_does_not_exist_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ("--folder", str(tmp_path / "work"), "--clips", "/nowhere")
    assert run("bench", "recompression", *folders, monkeypatch=monkeypatch) == EXIT_FAILED
    text = capsys.readouterr().err
    assert "/nowhere/south-arm-morning-rush.mp4 does not exist; check the path" in text
    assert text.count("\n") == 1


def test_training_replaces_no_weights_unless_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "nanodet-full.safetensors"
    weights.write_bytes(b"an hour's work")
    where = ("--scenes", str(tmp_path), "--weights", str(tmp_path))
    assert run("train", "fp32-full", *where, monkeypatch=monkeypatch) == EXIT_FAILED
    assert "--replace" in capsys.readouterr().err
    assert weights.read_bytes() == b"an hour's work"
