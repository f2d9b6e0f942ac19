"""Fleets whose group `all` has every device."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simulators.rollout_fleet import NEW, NEW_INT8, OLD, RolloutFleet


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., RolloutFleet]]:
    made: list[RolloutFleet] = []

    def _make(**more: object) -> RolloutFleet:
        made.append(RolloutFleet(tmp_path, [OLD, NEW, NEW_INT8], **more))  # type: ignore[arg-type]
        made[-1].rig.services.groups.create("all", "id=cam-*")
        made[-1].measure(15)
        return made[-1]

    yield _make
    made[-1].rig.close()
