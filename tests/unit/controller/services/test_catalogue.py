"""The catalogue asks again while there may be more."""

from pathlib import Path

from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_wire.clock import ManualClock

from tests.simulators.controller_rig import FakeWorkshop, Rig, spec


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
