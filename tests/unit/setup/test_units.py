"""The units of systemd that ship: in order, and in step with what the programs can do."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lamplighter_agent.settings import AgentSettings

ROOT = Path(__file__).resolve().parents[3]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
BUNDLED = ROOT / "controller/lamplighter_provision/bundle/files/lamplighter-agent.service"


def _service(path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    lines = [line for line in path.read_text().splitlines() if not line.startswith("$")]
    parser.read_string("\n".join(lines))
    return parser["Service"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_finds_no_fault(path: Path, tmp_path: Path) -> None:
    text = re.sub(r"/opt/lamplighter/bin/[\w-]+", "/bin/true", path.read_text())
    (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
    )
    ours = [line for line in done.stderr.splitlines() if path.name in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("path", [*UNITS, BUNDLED], ids=lambda path: path.stem)
def test_units_wait_for_the_service_to_say_how_it_stands(path: Path) -> None:
    service = _service(path)
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 0
    assert service["Restart"] == "always"
    assert {service[name] for name in ("ProtectSystem", "NoNewPrivileges")} == {"strict", "true"}


@pytest.mark.parametrize("path", [BUNDLED, *(p for p in UNITS if "agent" in p.stem)])
def test_the_agent_helps_itself_before_systemd_ends_it(path: Path) -> None:
    assert int(_service(path)["WatchdogSec"]) > AgentSettings().watchdog_s


def test_the_broker_outlives_the_controllers_unit() -> None:
    controller = ROOT / "deploy/systemd/lamplighter-controller.service"
    assert _service(controller)["KillMode"] == "process"
