"""What `docs/how-to/rotate-keys.md` shows works as it stands there."""

import re
from pathlib import Path

import pytest
from lamplighter_wire.signing import SigningKey

from tests.integration.test_docs_audit import run
from tests.simulators.running_controller import RunningController

pytestmark = pytest.mark.broker
PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/rotate-keys.md"


def test_the_page_s_commands_run(tmp_path: Path) -> None:
    data = tmp_path / "var"
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    said, control = [], RunningController(data, SigningKey.generate())
    with control.running():
        control.controller.announce(control.url)
        for block in blocks:
            ran = run(block, tmp_path)
            assert ran.returncode == 0, f"{block}: {ran.stderr}"
            said.append(ran.stdout)
    phases = [re.findall(r"^(none|overlap|switched): ", text, re.MULTILINE) for text in said]
    steps = [["overlap"], ["overlap"], ["switched"], ["none"]]
    assert phases == [*steps, [], *steps]
    assert not (data / "pki" / "ca.key").exists(), "the old key is deleted"
    assert [path.name for path in (data / "pki").glob("signing*.key")] == ["signing-2.key"]
