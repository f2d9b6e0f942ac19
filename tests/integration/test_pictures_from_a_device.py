"""A site's parent from pictures that an agent sends over a real broker, if its owner permits it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.documents import SiteParent
from lamplighter_client.documents.requests import SiteBody
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.policy.picture_limits import is_picture
from lamplighter_wire.signing import SigningKey

from tests.simulators.blobs import blob_detector
from tests.simulators.camera_process import CameraProcess
from tests.simulators.recipe_rig import materials
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import build

pytestmark = [pytest.mark.broker, pytest.mark.torch]
SITE, COUNT = "gate", 24
AP50 = 0.78
PERMITS = "share_pictures = true"
WORK_S = 300.0  # in the background, on a machine that does much else
Start = Callable[[str, str], CameraProcess]


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """It makes parents of sites in a child process, of tiny networks."""
    settings = WorkshopSettings(materials(tmp_path / "materials"))
    store = ArtifactStore(tmp_path / "artifacts")
    made = Workshop(settings, ChildPool(), store, lambda raw: raw, SystemClock())
    made.start().result(600)
    yield made
    made.close()


@pytest.fixture
def control(tmp_path: Path, workshop: Workshop) -> Iterator[RunningController]:
    key = SigningKey.generate()
    made = RunningController(tmp_path / "controller", key, workshop.sites)
    made.offer(build("generic", key, draw=blob_detector), ap50=AP50, mmac=300.0)
    with made.running():
        yield made


@pytest.fixture
def started(tmp_path: Path, control: RunningController) -> Iterator[Start]:
    """Starts a device at the site; `settings`: what its owner has set."""
    cameras: list[CameraProcess] = []

    def start(name: str, settings: str) -> CameraProcess:
        camera = CameraProcess(tmp_path / name, name, settings)
        cameras.append(camera)
        camera.enrol(control.url, control.new_token(name))
        control.client.send(endpoints.label(name, site=SITE))
        camera.start()
        eventually(lambda: _serves(control, name), f"{name} to serve")
        return camera

    yield start
    for camera in cameras:
        camera.stop()


def _serves(control: RunningController, device: str) -> bool:
    reported = control.device(device).reported
    return reported is not None and reported.outcome == "committed"


def _body(device: str) -> SiteBody:
    return SiteBody(site=SITE, device=device, count=COUNT, interval_s=1.0, steps=2)


def _kinds(control: RunningController, device: str = "") -> set[str]:
    events = control.client.send(endpoints.events(limit=200))
    return {event.kind for event in events if event.device == device or not device}


def _ended(control: RunningController) -> SiteParent | None:
    sites = control.client.send(endpoints.sites())
    return next((site for site in sites if not site.is_running), None)


def _pictures(workshop: Workshop) -> list[Path]:
    return sorted(workshop.sites.shelf.root.glob("*/pictures/*.jpg"))


def test_pictures_come_only_from_a_device_whose_owner_permits_it(
    control: RunningController, started: Start, workshop: Workshop
) -> None:
    client = control.client
    shut = started("cam-shut", "").name
    client.send(endpoints.specialise_site(_body(shut)))
    refused = eventually(
        lambda: [job for job in client.send(endpoints.jobs()) if job.error], "the refusal"
    )
    assert refused[0].error == (
        f"{shut} sends no pictures: share_pictures is off in the settings of this device"
    )
    assert {"pictures_asked", "pictures_refused"} <= _kinds(control, shut)
    assert client.send(endpoints.sites()) == []
    assert _pictures(workshop) == []

    camera = started("cam-open", PERMITS)
    client.send(endpoints.specialise_site(_body(camera.name)))
    first = eventually(lambda: _pictures(workshop), "the first picture")[0]
    assert is_picture(first.read_bytes())
    result = eventually(lambda: _ended(control), "what came of it", WORK_S)
    assert result.pictures == COUNT - 1, "one stands between the two parts"
    assert result.reasons
    assert "agreement with the teacher" in result.reasons[0]
    told = {"pictures_asked", "pictures", "pictures_sent", "pictures_collected", "pictures_deleted"}
    eventually(lambda: told <= _kinds(control, camera.name), "both sides to tell of it")
    assert _pictures(workshop) == [], "they have been used"


def test_an_agent_that_loses_its_power_is_asked_for_the_rest(
    control: RunningController,
    started: Start,
    workshop: Workshop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lamplighter_controller.services.sites.site_pictures.PATIENCE_S", 3.0)
    camera = started("cam-open", PERMITS)
    control.client.send(endpoints.specialise_site(_body(camera.name)))
    eventually(lambda: len(_pictures(workshop)) >= 4, "a few pictures")
    camera.kill()
    before = {path.name for path in _pictures(workshop)}
    camera.start()
    result = eventually(lambda: _ended(control), "what came of it", WORK_S)
    assert result.pictures == COUNT - 1
    assert len(before) < COUNT
