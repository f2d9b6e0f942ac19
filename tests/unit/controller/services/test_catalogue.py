"""The catalogue asks again while there may be more."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.domain.street.labelled import CameraKnown
from lamplighter_controller.domain.street.sights import Sight
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.catalogue import (
    ASK_S,
    MOST_DEVICES,
    Catalogue,
    merge_built,
    variant_record,
)
from lamplighter_wire.clock import ManualClock

from tests.simulators.controller_rig import FakeWorkshop, Rig, spec
from tests.simulators.height_worlds import boxes, figures


class AskedWorkshop(FakeWorkshop):
    """Counts how often it is asked for offers."""

    asked = 0

    def offers(self) -> list[VariantSpec]:
        self.asked += 1
        return super().offers()


def test_what_is_exported_in_the_background_is_offered_when_it_is_there(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    offers = [spec("full-fp32", 0.85, 900.0)]
    workshop = FakeWorkshop(offers)
    workshop.exporting = True
    catalogue = Catalogue(rig.store, workshop, ManualClock())
    assert catalogue.find("lite") is None and catalogue.find("full-fp32") is not None
    before = catalogue.digest()
    offers.append(spec("lite", 0.85, 900.0))
    workshop.exporting = False
    assert catalogue.find("lite") is not None, "no plan waited for it, and none misses it now"
    assert catalogue.digest() != before
    rig.close()


def test_while_there_may_be_more_the_workshop_is_asked_once_in_a_while(tmp_path: Path) -> None:
    """Each window of each device asks the catalogue, and a workshop looks at all of its files."""
    rig, clock = Rig(tmp_path, []), ManualClock()
    offers = [spec("full-fp32", 0.85, 900.0)]
    workshop = AskedWorkshop(offers)
    workshop.exporting = True
    catalogue = Catalogue(rig.store, workshop, clock)
    known = [catalogue.specs_at("street-1") for _ in range(5)]
    assert all(specs is known[0] for specs in known) and workshop.asked == 1
    clock.advance(ASK_S)
    assert catalogue.specs_at("street-1") is known[0] and workshop.asked == 2, "nothing is new"
    offers.append(spec("lite", 0.85, 900.0))
    assert catalogue.find("lite") is None
    clock.advance(ASK_S)
    assert catalogue.find("lite") is not None
    rig.close()


def test_each_site_has_its_own_expectations_until_a_variant_is_added(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    own = {"depot": {"384x288": {"day-dry-free": 0.4}}}
    known = msgspec.structs.replace(spec("full-fp32", 0.85, 900.0), site_ap50=own)
    catalogue = Catalogue(rig.store, FakeWorkshop([known]), ManualClock())
    at_depot = catalogue.find_at("full-fp32", "depot")
    assert at_depot is not None and at_depot.expected_ap50["384x288"] == {"day-dry-free": 0.4}
    assert catalogue.specs_at("depot") is catalogue.specs_at("depot")
    assert catalogue.specs_at("street-1") is catalogue.specs_at("street-2")
    assert catalogue.find("full-fp32") == known
    catalogue.keep(msgspec.structs.replace(known, id="other", site_ap50={}))
    assert catalogue.find_at("other", "depot") is not None
    rig.close()


def test_a_network_nobody_measured_is_expected_to_cost_what_its_like_do(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    measured = msgspec.structs.replace(spec("full-fp32", 0.85, 900.0), extra_work={"384x288": 0.2})
    offers = [measured, spec("brought-fp32", 0.85, 300.0)]
    catalogue = Catalogue(rig.store, FakeWorkshop(offers), ManualClock())
    brought = catalogue.find("brought-fp32")
    assert brought is not None and brought.expected_extra_work["384x288"] == pytest.approx(0.6)
    assert catalogue.find("full-fp32") == measured
    rig.close()


def test_a_device_that_has_seen_its_street_has_expectations_of_its_own(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    known = msgspec.structs.replace(
        spec("full-fp32", 0.85, 900.0), camera_figures=figures(0.2, 0.9)
    )
    known_of = {"cam-1": CameraKnown((seen(pictures=100),))}
    catalogue = Catalogue(
        rig.store,
        FakeWorkshop([known]),
        ManualClock(),
        camera_of=lambda device: known_of.get(device, CameraKnown()),
    )
    own, other = catalogue.specs_for("cam-1", ""), catalogue.specs_for("cam-2", "")
    assert other is catalogue.specs_at("")
    assert own[0].expected_ap50["384x288"]["day-dry-free"] < 0.6
    assert catalogue.specs_for("cam-1", "") is own, "nothing new was seen"
    found = catalogue.find_for("full-fp32", "cam-1", "")
    assert found is own[0]
    known_of["cam-1"] = CameraKnown((seen(pictures=100, tall=50_000),))
    assert catalogue.specs_for("cam-1", "")[0].expected_ap50["384x288"]["day-dry-free"] > 0.8
    rig.close()


def test_of_devices_that_were_not_asked_for_lately_nothing_is_kept(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    known = msgspec.structs.replace(
        spec("full-fp32", 0.85, 900.0), camera_figures=figures(0.2, 0.9)
    )
    catalogue = Catalogue(
        rig.store, FakeWorkshop([known]), ManualClock(), camera_of=lambda _: CameraKnown((seen(9),))
    )
    first = catalogue.specs_for("cam-0", "")
    for number in range(MOST_DEVICES):
        catalogue.specs_for(f"cam-{number + 1}", "")
    again = catalogue.specs_for("cam-0", "")
    assert again is not first and again == first
    rig.close()


def seen(pictures: int, tall: int = 10) -> Sight:
    """By the point of the one variant."""
    return Sight(
        point="full-fp32@384x288",
        regime="day-dry-free",
        threshold=0.5,
        pictures=pictures,
        cells=boxes(600, tall),
    )


def test_what_was_built_is_known_to_be_measured_on_what_its_offer_was(tmp_path: Path) -> None:
    offer = msgspec.structs.replace(spec("full-fp32", 0.85, 900.0), measured_on="renders")
    built = variant_record(msgspec.structs.replace(offer, measured_on=""), 1.0)
    (merged,) = merge_built({offer.id: offer}, [built]).values()
    assert merged.measured_on == "renders"
