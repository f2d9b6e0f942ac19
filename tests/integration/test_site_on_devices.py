"""Two agents, one at a site that gets a parent of its own: it serves that, the other does not."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.documents import Device
from lamplighter_client.documents.requests import SiteBody
from lamplighter_client.errors import RefusedError
from lamplighter_recipes.variants.site_parents import Gain, SiteResult, parent_key
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.blobs import blob_detector
from tests.simulators.camera_process import CameraProcess
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import HEIGHT, WIDTH, Variant, build

pytestmark = pytest.mark.broker
AT_SITE, ELSEWHERE = "cam-gate", "cam-mill"
SIZE = f"{WIDTH}x{HEIGHT}"
CITY, OWN = 0.78, 0.66


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[dict[str, CameraProcess]]:
    made = {name: CameraProcess(tmp_path / name, name) for name in (AT_SITE, ELSEWHERE)}
    yield made
    for camera in made.values():
        camera.stop()


def _table(ap50: float) -> dict[str, dict[str, float]]:
    return {SIZE: dict.fromkeys(REGIMES, ap50)}


def _variant(name: str, key: SigningKey, ap50: float) -> Variant:
    return build(name, key, draw=blob_detector, sizes=[SIZE], expected_ap50=_table(ap50))


def _committed(control: RunningController, device: str, variant: str) -> Device | None:
    shown = control.device(device)
    reported = shown.reported
    done = reported is not None and reported.outcome == "committed"
    return shown if done and reported and reported.serving.variant == variant else None


def test_the_sites_device_serves_the_sites_parent_and_no_other_does(
    tmp_path: Path, cameras: dict[str, CameraProcess]
) -> None:
    """Its manifest says less than that of what serves: only what is known of the site says more."""
    key = SigningKey.generate()
    control = RunningController(tmp_path / "controller", key)
    generic = _variant("generic", key, CITY)
    own = _variant("own", key, OWN)
    control.offer(generic, ap50=CITY, mmac=300.0, parent="nanodet-p50")
    control.offer(own, ap50=OWN, mmac=300.0, parent="nanodet-p50-at-gate", site="gate")
    with control.running():
        for name, camera in cameras.items():
            camera.enrol(control.url, control.new_token(name))
            camera.start()
            control.client.send(endpoints.label(name, site=name.removeprefix("cam-")))
        for name in cameras:
            eventually(lambda name=name: _committed(control, name, "generic"), f"{name} to serve")

        folder = str(tmp_path)
        control.client.send(endpoints.specialise_site(SiteBody(site="gate", pictures=folder)))
        control.pending_sites.finish(_result())
        eventually(lambda: _committed(control, AT_SITE, "own"), "the site's own variant")
        order = control.device(AT_SITE)
        assert order.site == "gate"
        # A busy machine may have the same planned anew: then it is committed a moment later.
        eventually(lambda: _committed(control, ELSEWHERE, "generic"), "the other to serve")
        with suppress(RefusedError):
            control.client.send(endpoints.make_plan(ELSEWHERE, dry_run=False))
        eventually(lambda: _committed(control, ELSEWHERE, "generic"), "the other to serve on")
        ordered = control.client.send(endpoints.deployments(ELSEWHERE))
        assert {one.variant for one in ordered} == {"generic"}
        (site,) = control.client.send(endpoints.sites())
        assert (site.site, site.parent, site.kept) == ("gate", "nanodet-p50-at-gate", True)


def _result() -> SiteResult:
    expected = {"nanodet-p50": 0.5, "nanodet-p50-at-gate": OWN}
    return SiteResult(
        site="gate",
        parent="nanodet-p50-at-gate",
        version="v1",
        base="nanodet-p50",
        kept=True,
        agreement=Gain(before=0.6, after=0.8, low=0.1, high=0.3),
        expected={parent_key(name, "v1"): _table(ap50) for name, ap50 in expected.items()},
    )
