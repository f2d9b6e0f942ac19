"""What `docs/how-to/audit.md` shows works as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import api_of, served

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/audit.md"
LABEL = "/devices/cam-a/label"


def run(script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A shell in which the commands are found."""
    tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": tools},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_s_commands_run_and_a_changed_export_is_found_out(tmp_path: Path) -> None:
    day = EventfulDay(tmp_path)
    data = tmp_path / "var"
    data.mkdir()
    (data / "token").write_text(day.token("admin"))
    api = api_of(day.app, day.token("admin"))
    api.post("/devices/cam-1/label", json={"site": "north"})
    api.post(LABEL, json={"site": "north"})
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with served(day.app) as url:
        (data / "controller.json").write_text(json.dumps({"url": url, "token_file": "var/token"}))
        ran = run("".join(blocks), tmp_path)
    day.close()
    assert ran.returncode == 0, ran.stderr
    assert "site: - -> north" in ran.stdout
    assert "no device 'cam-a'" in ran.stdout
    assert ran.stdout.count("2 entries, whole; head 2:") == 3
    export = tmp_path / "audit.jsonl"
    export.write_text(export.read_text().replace("north", "south"))
    checked = run("lamplighter audit verify --file audit.jsonl", tmp_path)
    assert checked.returncode == 1
    assert "entry 1 was changed" in checked.stderr
