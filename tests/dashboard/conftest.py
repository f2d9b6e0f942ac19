"""A small fleet behind a port."""

import time
from collections.abc import Iterator

import pytest

from tests.dashboard.city import FleetOfSix
from tests.dashboard.driving import Steps, drive, served_fleet


class ServedFleet:
    """Six devices behind a port; `drive` opens a dashboard on them."""

    def __init__(self, fleet: FleetOfSix, url: str) -> None:
        self.fleet, self.url = fleet, url

    def token(self, role: str = "admin") -> str:
        return self.fleet.rig.services.access.make_token("test", role)

    def drive(self, steps: Steps, **options: object) -> None:
        drive(self.url, self.token(), steps, **options)  # type: ignore[arg-type]


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedFleet]:
    with served_fleet(tmp_path_factory.mktemp("fleet")) as (fleet, url):
        yield ServedFleet(fleet, url)


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
