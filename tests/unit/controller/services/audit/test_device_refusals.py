"""What devices may not and tried is on record, once an hour however often they try."""

import json
from pathlib import Path

import pytest
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.services.audit.device_refusals import AGAIN_S, DeviceRefusals

from tests.simulators.controller_rig import Rig

KIND = "messages in another's name"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, [])


def test_attempts_of_an_hour_are_one_entry(rig: Rig) -> None:
    misconduct = Misconduct()
    refusals = DeviceRefusals(rig.services.audit, misconduct, rig.clock, rig.queue)
    for minute in range(90):
        misconduct.note("cam-1", KIND, rig.clock.monotonic(), 10)
        if not minute:
            misconduct.note("cam-2", "texts", rig.clock.monotonic())
        refusals.note()
        rig.clock.advance(AGAIN_S / 60)
    entries = [json.loads(record.text) for record in rig.store.audit_records()]
    told = [(entry["who"], entry["outcome"], entry["times"]) for entry in entries]
    assert told == [
        ("device:cam-1", "refused", 10),
        ("device:cam-2", "refused", 1),
        ("device:cam-1", "refused", 600),
    ]
    assert entries[0]["reason"] == f"{KIND} left out"
