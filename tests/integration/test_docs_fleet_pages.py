"""What the pages on groups, hands and rollouts show works as it stands there, line by line."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.api.app import create_app

from tests.simulators.controller_rig import spec
from tests.simulators.rollout_fleet import RolloutFleet
from tests.simulators.served_app import CommandLine, command_line

PAGES = Path(__file__).resolve().parents[2] / "docs/how-to"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
OFFERS = [
    msgspec.structs.replace(
        spec(f"nanodet-{name}", share, 300.0), model="nanodet", model_version="43352f"
    )
    for name, share in (("full", 0.85), ("p50", 0.75))
]
# A city of its own, for minutes.
ELSEWHERE = ("demo",)
# What the pages take for granted; `rollout rehearse` needs its rollout.
BEFORE = {
    "hold-pin-and-roll-back.md": [
        "group create north-vnni 'site=north'",
        "group create pilots 'site=south'",
    ],
    "bound-a-group.md": ["group create north 'site=north'", "group create lte-sites 'site=south'"],
    "rehearse-a-rollout.md": [
        "group create north 'site=north'",
        "rollout create june nanodet-p50 --group north",
    ],
    "groups.md": [],
    "roll-out-a-model.md": [],
    "explain-a-device.md": [],
}


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """Commands at a controller with four devices, at two sites, which serve a model."""
    fleet = RolloutFleet(tmp_path, OFFERS, count=4)
    for i, name in enumerate(fleet.names):
        fleet.rig.store.configure_device(name, None, site="south" if i == 3 else "north")
    fleet.latency_ms |= {offer.id: 20.0 for offer in OFFERS}
    fleet.measure()
    app = create_app(fleet.rig.services, recipes=dict, counters=dict)
    token = fleet.rig.services.access.make_token("ops", "admin")
    with command_line(app, token, monkeypatch) as made:
        yield made
    fleet.rig.close()


def shown(page: str) -> list[list[str]]:
    """The words of each command in a page's blocks of the shell."""
    blocks = re.findall(r"```sh\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)
    lines = [one for block in blocks for one in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(one, comments=True)[1:] for one in lines if one.startswith("lamplighter ")]


@pytest.mark.parametrize("page", sorted(BEFORE))
def test_the_commands_of_a_page_run_in_their_order(
    page: str, line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [shlex.split(one) for one in BEFORE[page]] + shown(page)
    assert len(commands) > 1
    for words in commands:
        if words[0] not in ELSEWHERE:
            code = line.run(*words)
            assert code == 0, (words, capsys.readouterr().err)
