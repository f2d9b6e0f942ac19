"""A site's parent from pictures that an agent sends over a real broker, if its owner permits it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.documents import SiteParent
from lamplighter_client.documents.requests import SiteBody
from lamplighter_controller.services.sites.site_builder import SiteBuilder
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
TOLD = {"pictures_asked", "pictures", "pictures_sent", "pictures_collected", "pictures_deleted"}


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """It makes parents of sites in a child process, of tiny networks."""
    settings = WorkshopSettings(materials(tmp_path / "materials"))
    store = ArtifactStore(tmp_path / "artifacts")
    made = Workshop(settings, ChildPool(), store, lambda raw: raw, SystemClock())
    made.start().result(600)
    yield made
    made.close()


@contextmanager
def _controller(folder: Path, sites: SiteBuilder | None = None) -> Iterator[RunningController]:
    key = SigningKey.generate()
    control = RunningController(folder / "controller", key, sites)
    control.offer(build("generic", key, draw=blob_detector), ap50=AP50, mmac=300.0)
    with control.running():
        yield control


@contextmanager
def _camera(folder: Path, control: RunningController, settings: str) -> Iterator[CameraProcess]:
    """A device at the site that serves; `settings`: what its owner has set."""
    name = f"cam-{len(list(folder.glob('cam-*'))) + 1}"
    camera = CameraProcess(folder / name, name, settings)
    camera.enrol(control.url, control.new_token(name))
    control.client.send(endpoints.label(name, site=SITE))
    camera.start()
    try:
        eventually(lambda: _serves(control, name), f"{name} to serve")
        yield camera
    finally:
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


def _pictures(sites: SiteBuilder) -> list[Path]:
    return sorted(sites.shelf.root.glob("*/pictures/*.jpg"))


def test_a_device_whose_owner_does_not_permit_it_sends_none_and_says_why(tmp_path: Path) -> None:
    with _controller(tmp_path) as control, _camera(tmp_path, control, "") as camera:
        client = control.client
        client.send(endpoints.specialise_site(_body(camera.name)))
        (refused,) = eventually(
            lambda: [job for job in client.send(endpoints.jobs()) if job.error], "the refusal"
        )
        assert refused.error == (
            f"{camera.name} sends no pictures: share_pictures is off in the settings of this device"
        )
        assert {"pictures_asked", "pictures_refused"} <= _kinds(control, camera.name)
        assert client.send(endpoints.sites()) == []
        assert _pictures(control.pending_sites) == []


def test_pictures_are_labelled_learnt_judged_and_deleted(
    tmp_path: Path, workshop: Workshop
) -> None:
    sites = workshop.sites
    with (
        _controller(tmp_path, sites) as control,
        _camera(tmp_path, control, PERMITS) as camera,
    ):
        control.client.send(endpoints.specialise_site(_body(camera.name)))
        first = eventually(lambda: _pictures(sites), "the first picture")[0]
        assert is_picture(first.read_bytes())
        result = eventually(lambda: _ended(control), "what came of it", WORK_S)
        assert result.pictures == COUNT - 1, "one stands between the two parts"
        assert "agreement with the teacher" in result.reasons[0]
        eventually(lambda: _kinds(control, camera.name) >= TOLD, "both sides to tell of it")
        assert _pictures(sites) == [], "they have been used"


@pytest.mark.long
def test_an_agent_that_loses_its_power_is_asked_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter_controller.services.sites.site_pictures.PATIENCE_S", 3.0)
    with _controller(tmp_path) as control, _camera(tmp_path, control, PERMITS) as camera:
        sites = control.pending_sites
        control.client.send(endpoints.specialise_site(_body(camera.name)))
        eventually(lambda: len(_pictures(sites)) >= 4, "a few pictures")
        camera.kill()
        before = set(_pictures(sites))
        assert len(before) < COUNT
        camera.start()
        eventually(lambda: sites.pending, "the rest")
        assert len(_pictures(sites)) == COUNT
        assert before < set(_pictures(sites))
