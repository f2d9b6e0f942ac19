"""What `docs/how-to/a-stolen-device.md` shows works as it stands there."""

import json
import re
from pathlib import Path

from tests.integration.test_docs_audit import run
from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import served

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/a-stolen-device.md"


def test_the_page_s_commands_run(tmp_path: Path) -> None:
    day = EventfulDay(tmp_path)
    data = tmp_path / "var"
    data.mkdir()
    (data / "token").write_text(day.token("admin"))
    day.certify("cam-1")
    with served(day.app) as url:
        (data / "controller.json").write_text(json.dumps({"url": url, "token_file": "var/token"}))
        blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
        ran = run("".join(blocks), tmp_path)
        unasked = run("lamplighter device retire cam-2 --data var", tmp_path)
    day.close()
    assert ran.returncode == 0, ran.stderr
    assert "cam-1 is revoked: the broker keeps it out" in ran.stdout
    assert "revoke_device" in ran.stdout
    assert "the name cam-1 is free" in ran.stdout
    assert (unasked.returncode, "say --yes" in unasked.stderr) == (1, True)
