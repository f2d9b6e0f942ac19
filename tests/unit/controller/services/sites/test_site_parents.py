"""Parents of sites: asked for, followed, offered to the site's devices alone, removed."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_client.documents.requests import LabelBody, SiteBody
from lamplighter_controller.domain.expected_accuracy import ANOTHER_STREET, OWN_EVALUATION
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_recipes.variants.site_parents import Gain, SiteResult, parent_key
from lamplighter_wire.enums import JobState
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.controller_rig import Device, Rig, spec
from tests.simulators.pending_sites import PendingSites

SIZES = ("256x192", "384x288", "512x384")


def _of(name: str, parent: str, ap50: float, mmac: float, site: str = "") -> VariantSpec:
    made = spec(name, ap50, mmac)
    return msgspec.structs.replace(made, parent=parent, model_version="v1", site=site)


OFFERS = [
    _of("full", "nanodet-full", 0.85, 900.0),
    _of("half", "nanodet-p50", 0.848, 300.0),
    _of("gate-half", "nanodet-p50-at-gate", 0.7, 300.0, site="gate"),
]
EXPECTED = {"nanodet-full": 0.70, "nanodet-p50": 0.5, "nanodet-p50-at-gate": 0.71}
RESULT = SiteResult(
    site="gate",
    parent="nanodet-p50-at-gate",
    version="v1",
    base="nanodet-p50",
    teacher="nanodet-full",
    kept=True,
    reasons=["agreement with the teacher 0.600 to 0.850"],
    pictures=180,
    agreement=Gain(before=0.6, after=0.85, low=0.2, high=0.3),
    expected={
        parent_key(name, "v1"): {size: dict.fromkeys(REGIMES, ap50) for size in SIZES}
        for name, ap50 in EXPECTED.items()
    },
    seconds={"train": 95.0},
    mmac=8e5,
)
NO_GAIN = msgspec.structs.replace(RESULT, kept=False, reasons=["inside the noise"], expected={})


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    for name, site in (("cam-1", "gate"), ("cam-2", "mill")):
        device = made.device(name)
        made.store.configure_device(name, None, site=site)
        device.introduce(dense_ms=4.0)
        device.report("committed")
    yield made
    made.close()


def _body(tmp_path: Path) -> SiteBody:
    return SiteBody(site="gate", pictures=str(tmp_path))


def _served(rig: Rig, name: str) -> str:
    return Device(rig, name, {}).desired.primary.point.variant


def test_the_sites_devices_get_its_parent_and_others_do_not(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    rig.settle()
    (running,) = rig.services.sites.listing()
    assert (running.state, running.progress, running.stage) == (JobState.RUNNING, 0.5, "train")
    rig.sites.finish(RESULT)
    rig.settle()
    assert (_served(rig, "cam-1"), _served(rig, "cam-2")) == ("gate-half", "half")
    order = Device(rig, "cam-1", {}).desired
    assert order.primary.predicted.ap50_basis == OWN_EVALUATION
    assert order.primary.predicted.expected_ap50 == pytest.approx(0.71)
    assert "accuracy" in order.trades, "or the device would take it for dominated"
    elsewhere = Device(rig, "cam-2", {}).desired
    assert elsewhere.primary.predicted.ap50_basis == ANOTHER_STREET
    (ended,) = rig.services.sites.listing()
    assert (ended.state, ended.parent, ended.kept) == (JobState.DONE, RESULT.parent, True)
    assert ended.agreement.after == 0.85
    assert [job.state for job in rig.store.jobs() if job.subject == "gate"] == [JobState.DONE]
    assert "site_parent" in [event.kind for event in rig.store.events()]


def test_a_device_that_moves_to_the_site_is_planned_for_anew(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    rig.sites.finish(RESULT)
    rig.settle()
    rig.services.fleet.label("cam-2", None, LabelBody(site="gate"))
    rig.settle()
    assert _served(rig, "cam-2") == "gate-half"


def test_a_parent_that_does_not_gain_is_not_offered_and_says_why(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    rig.sites.finish(NO_GAIN)
    rig.settle()
    (ended,) = rig.services.sites.listing()
    assert (ended.parent, ended.kept, ended.reasons) == ("", False, ["inside the noise"])
    assert rig.sites.shelf.kept() == []
    assert "site_no_gain" in [event.kind for event in rig.store.events()]


def test_what_a_killed_controller_had_begun_goes_on(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    rig.settle()
    restarted = PendingSites(rig.sites.shelf.root)
    rig.services.restart.start_over()
    rig.settle()
    (job,) = [job for job in rig.store.jobs() if job.subject == "gate"]
    assert job.state is JobState.FAILED, "the last process ended with it"
    assert [order.site for order in restarted.shelf.orders()] == ["gate"]
    rig.services.sites.resume()
    rig.sites.finish(RESULT)
    rig.settle()
    assert rig.services.sites.listing()[0].parent == RESULT.parent
    assert rig.sites.shelf.orders() == []


def test_a_stopped_work_leaves_what_was_trained(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    work = rig.sites.shelf.work_dir("gate")
    work.mkdir(parents=True)
    (work / "checkpoint.pt").write_bytes(b"half way")
    with pytest.raises(ConflictError, match="stop it first"):
        rig.services.sites.specialise(_body(tmp_path))
    rig.services.sites.stop("gate")
    rig.settle()
    assert rig.sites.shelf.orders() == []
    assert (work / "checkpoint.pt").exists()
    rig.services.sites.specialise(_body(tmp_path))
    rig.sites.finish(RESULT)
    assert not work.exists(), "it has its outcome"


def test_a_failure_ends_the_order_and_tells_why(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    rig.sites.fail("gate", RuntimeError("7 pictures are too few"))
    rig.settle()
    (job,) = [job for job in rig.store.jobs() if job.subject == "gate"]
    assert (job.state, job.error) == (JobState.FAILED, "7 pictures are too few")
    assert rig.services.sites.listing() == []


def test_a_removed_parent_is_served_no_longer(rig: Rig, tmp_path: Path) -> None:
    rig.services.sites.specialise(_body(tmp_path))
    rig.sites.finish(RESULT)
    rig.settle()
    Device(rig, "cam-1", {}).report("committed")
    rig.workshop._offers = OFFERS[:2]  # noqa: SLF001 - the fake's own list
    rig.services.sites.remove("gate")
    rig.settle()
    assert _served(rig, "cam-1") == "half"
    assert not rig.sites.shelf.folder("gate").exists()
    with pytest.raises(NotFoundError):
        rig.services.sites.remove("gate")


def test_what_cannot_be_is_said_before_anything_begins(rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="no folder"):
        rig.services.sites.specialise(SiteBody(site="gate", pictures=str(tmp_path / "nowhere")))
    with pytest.raises(InvalidError, match="no parent 'huge'"):
        rig.services.sites.specialise(SiteBody(site="gate", pictures=str(tmp_path), base="huge"))
    assert rig.sites.pending == {}


def test_an_estimate_counts_the_pictures_that_the_work_will_use(rig: Rig, tmp_path: Path) -> None:
    """And no others: a walk through all folders within would hold up every decision."""
    images, within = tmp_path / "images", tmp_path / "images" / "old"
    within.mkdir(parents=True)
    for name in ("1.jpg", "2.JPEG", "3.png", "4.gif", "old/5.jpg"):
        (images / name).touch()
    (tmp_path / "6.jpg").touch()
    body = SiteBody(site="mill", pictures=str(tmp_path))
    assert rig.services.sites.estimate(body).pictures == 3


def test_cost_and_gain_are_estimated_from_the_work_and_from_earlier_sites(
    rig: Rig, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.jpg").touch()
    body = SiteBody(site="mill", pictures=str(folder))
    first = rig.services.sites.estimate(body)
    assert (first.pictures, first.gain_points) == (30, None)
    assert first.seconds > 30
    rig.services.sites.specialise(_body(tmp_path))
    rig.sites.finish(RESULT)
    assert rig.services.sites.estimate(body).gain_points == 25.0
