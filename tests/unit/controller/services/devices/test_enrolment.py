"""Enrolment: the device is admitted by the thread that decides."""

import threading
from pathlib import Path

from lamplighter_controller.errors import NotFoundError
from lamplighter_wire.enrolment import build_request

from tests.simulators.certificates import key_and_request
from tests.simulators.controller_rig import Rig, spec


def test_a_device_is_admitted_only_when_the_deciding_thread_gets_to_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [spec("full-fp32", 0.85, 900.0)])
    token, _ = rig.services.joining.tokens.create("cam-1")
    _, csr = key_and_request("cam-1")
    request = build_request(token, "cam-1", csr)
    release = threading.Event()
    rig.queue.start()
    rig.queue.submit(release.wait, 60.0)
    enrolling = threading.Thread(target=rig.services.enrolment.enrol, args=(request,))
    enrolling.start()
    enrolling.join(0.3)
    assert _is_absent(rig, "cam-1"), "the thread that decides is busy"
    release.set()
    enrolling.join(60.0)
    assert not _is_absent(rig, "cam-1")
    rig.queue.close()
    rig.close()


def _is_absent(rig: Rig, device: str) -> bool:
    try:
        rig.store.device(device)
    except NotFoundError:
        return True
    return False
