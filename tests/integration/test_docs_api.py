"""What `docs/how-to/use-the-api.md` shows works as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import served

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/use-the-api.md"


def blocks(language: str) -> list[str]:
    """The page's examples."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_page_s_commands_run(tmp_path: Path) -> None:
    day = EventfulDay(tmp_path)
    data = tmp_path / "var"
    data.mkdir()
    (data / "token").write_text(day.token("admin"))
    with served(day.app) as url:
        facts = {"url": url, "token_file": "var/token"}
        (data / "controller.json").write_text(json.dumps(facts))
        tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "".join(blocks("sh"))],
            cwd=tmp_path,
            env=os.environ | {"PATH": tools},
            capture_output=True,
            text=True,
            check=False,
        )
    day.close()
    assert ran.returncode == 0, ran.stderr
    (problem,) = blocks("json")
    assert problem.strip() in ran.stdout
    assert (tmp_path / "lamplighter_api/api/devices/list_devices.py").exists()
