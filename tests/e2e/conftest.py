"""One controller, its broker and real agents, each a process of its own, for all tests here.

They run on real clips and on variants that the workshop builds.
"""

import os
import time
from collections.abc import Iterator

import pytest
from lamplighter_controller.demo.director import close_city, enrol, start_city
from lamplighter_controller.demo.envelopes import remove_stale_groups
from lamplighter_controller.demo.footage import timeline, write_playlist

from tests.e2e.running_city import CLIPS, DEVICES, FOOTAGE_S, PROFILE, Running


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Controller up, devices enrolled, no agent started yet."""
    folder = tmp_path_factory.mktemp("city")
    remove_stale_groups()
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("LAMPLIGHTER_")]:
            patch.delenv(name)
        city = start_city(folder, CLIPS, PROFILE, DEVICES, print)
        try:
            enrol(city, print)
            line = timeline(time.time(), FOOTAGE_S)
            write_playlist(folder / "south-arm.playlist.json", CLIPS, "south-arm", line)
            yield Running(city)
        finally:
            close_city(city)
