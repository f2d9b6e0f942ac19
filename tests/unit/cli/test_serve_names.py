"""`serve` refuses a name under which no device could come."""

from pathlib import Path

import pytest
from lamplighter_cli import edge
from lamplighter_cli.errors import EXIT_FAILED


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])  # noqa: S104 - refused, never bound
@pytest.mark.parametrize("names", ["127.0.0.1", "localhost,controller.example"])
def test_a_loopback_name_is_not_told_to_others(
    host: str,
    names: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["serve", "--data", str(tmp_path / "data"), "--host", host, "--advertise", names]
    monkeypatch.setattr("sys.argv", ["lamplighter", *words])
    with pytest.raises(SystemExit) as ended:
        edge.run()
    assert ended.value.code == EXIT_FAILED
    said = capsys.readouterr().err
    assert f"devices are told {names.partition(',')[0]}" in said
    assert "--advertise NAME (public_names) first" in said
    assert "--host 127.0.0.1" in said
    assert not (tmp_path / "data").exists()
