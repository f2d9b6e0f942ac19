"""What is due is brought once, what fails is told, and nobody is brought who is due no more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lamplighter_provision.due.installation import Installation
from lamplighter_provision.due.road import FakeRoad, Road
from lamplighter_provision.due.ssh_road import SshRoad
from lamplighter_provision.errors import ProvisionError, UnheardError
from lamplighter_provision.gateway.desired import Agent, Gateway

FIRST, SECOND = Path("first.toml"), Path("second.toml")
NAMED = {FIRST: ["cam-1", "cam-2"], SECOND: ["cam-3"]}


@dataclass
class Rollout:
    """Devices that are due, until one more than `most_failures` has failed."""

    wanted: dict[str, str]
    most_failures: int = 9
    failed: dict[str, str] = field(default_factory=dict)
    is_away: bool = False

    def due(self) -> dict[str, str]:
        if self.is_away:
            raise UnheardError("the controller restarts")
        return self.wanted if len(self.failed) <= self.most_failures else {}

    def fail(self, device: str, reason: str) -> None:
        self.failed[device] = reason


class Operator:
    """Has a road to each file."""

    def __init__(self, rollout: Rollout, **road: object) -> None:
        self.roads: dict[tuple[Path, str], FakeRoad] = {}
        self._road = road
        self.lines: list[str] = []
        self.installation = Installation([FIRST, SECOND], rollout, self._open, self.lines.append)

    def _open(self, file: Path, version: str) -> tuple[Iterable[str], Callable[[], Road]]:
        def road() -> Road:
            key = (file, version)
            return self.roads.setdefault(key, FakeRoad(version, **self._road))  # type: ignore[arg-type]

        return NAMED[file], road

    def work(self) -> dict[str, str]:
        """Device -> trouble, of all that was brought in one pass."""
        parts, _unnamed = self.installation.plan()
        return {one.device: one.trouble for one in self.installation.carry_out(parts)}


def test_each_comes_to_its_version_once_by_the_file_that_names_it() -> None:
    operator = Operator(Rollout({"cam-1": "1.1", "cam-3": "1.0", "cam-9": "1.1"}))
    _parts, unnamed = operator.installation.plan()
    assert unnamed == ["cam-9"]
    assert operator.work() == {"cam-1": "", "cam-3": ""}
    assert operator.roads[FIRST, "1.1"].brought == ["cam-1"]
    assert operator.roads[SECOND, "1.0"].brought == ["cam-3"]
    assert operator.work() == {}, "the controller has yet to hear of them"


def test_who_is_due_stays_due_while_nobody_tells() -> None:
    rollout = Rollout({"cam-1": "1.1"})
    operator = Operator(rollout)
    parts, _unnamed = operator.installation.plan()
    rollout.is_away = True
    assert operator.installation.carry_out(parts) == []
    assert operator.lines == ["cam-1: left as it is: the controller restarts"]
    rollout.is_away = False
    assert operator.work() == {"cam-1": ""}


def test_what_fails_is_told_and_holds_up_nobody_and_is_tried_again_only_when_due_anew() -> None:
    rollout = Rollout({"cam-1": "1.1", "cam-2": "1.1"})
    operator = Operator(rollout, broken={"cam-1": "ended with 1\n"})
    assert operator.work() == {"cam-1": "ended with 1", "cam-2": ""}
    assert rollout.failed == {"cam-1": "1.1 could not be installed: ended with 1"}
    assert operator.work() == {}
    rollout.wanted = {}
    assert operator.work() == {}
    rollout.wanted = {"cam-1": "1.1"}
    assert set(operator.work()) == {"cam-1"}, "somebody has said retry"


def test_nobody_is_brought_who_is_due_no_more_as_others_have_failed() -> None:
    rollout = Rollout({"cam-1": "1.1", "cam-2": "1.1"}, most_failures=0)
    operator = Operator(rollout, broken=dict.fromkeys(("cam-1", "cam-2"), "ended with 1"))
    assert operator.work() == {"cam-1": "ended with 1"}
    assert operator.lines == ["cam-2: left as it is; 1.1 is not due there any more"]


def test_who_is_out_of_reach_has_not_failed() -> None:
    rollout = Rollout({"cam-1": "1.1", "cam-2": "1.1"})
    operator = Operator(rollout, away={"cam-1": "it does not answer"})
    parts, _unnamed = operator.installation.plan()
    assert [part.out_of_reach for part in parts] == [["cam-1"]]
    assert operator.work() == {"cam-2": ""}
    assert rollout.failed == {}


def test_wheels_of_another_version_bring_nothing(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels/any"
    wheels.mkdir(parents=True)
    gateway = Gateway(url="http://c", version="1.3.0", agents={"cam-1": Agent()})
    road = SshRoad(gateway, str(tmp_path), lambda *_: None, 1)
    with pytest.raises(ProvisionError, match=r"no wheel of lamplighter, and 1\.3\.0 is wanted"):
        road.look(["cam-1"])
    (wheels / "lamplighter-1.2.0-py3-none-any.whl").touch()
    with pytest.raises(ProvisionError, match=r"holds lamplighter 1\.2\.0, and 1\.3\.0 is wanted"):
        road.look(["cam-1"])
