"""What a device reports of itself reaches whoever builds for it."""

from pathlib import Path

import msgspec

from tests.simulators.controller_rig import Rig, spec


def test_variants_are_made_for_the_machine_of_a_device_that_comes(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0)])
    device = rig.device()
    device.say("capabilities", msgspec.structs.replace(device.capabilities, machine="aarch64"))
    rig.settle()
    assert set(rig.workshop.machines) == {"aarch64"}
    rig.close()
