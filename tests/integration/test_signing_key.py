"""One signing key takes another's place under two agents: one follows, the other sleeps through."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from lamplighter_agent.link.identity import load_identity
from lamplighter_client import authority_endpoints as asked
from lamplighter_client import endpoints
from lamplighter_client.documents import Device
from lamplighter_client.errors import RefusedError
from lamplighter_controller.link.mosquitto import free_port
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired, Envelope
from lamplighter_wire.signing import SigningKey, seal

from tests.simulators.blobs import blob_detector
from tests.simulators.camera_process import CameraProcess
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import Variant, build

pytestmark = pytest.mark.broker
AWAKE, ASLEEP = "cam-a", "cam-b"
Start = Callable[..., AbstractContextManager[RunningController]]


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[dict[str, CameraProcess]]:
    made = {name: CameraProcess(tmp_path / name, name) for name in (AWAKE, ASLEEP)}
    yield made
    for camera in made.values():
        camera.stop()


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts the controller, or starts it again on the same folder, with what it has built."""
    key, port = SigningKey.generate(), free_port()

    @contextmanager
    def started(*variants: tuple[Variant, float]) -> Iterator[RunningController]:
        made = RunningController(tmp_path / "controller", key, broker_port=port)
        for variant, ap50 in variants:
            made.offer(variant, ap50=ap50, mmac=300.0)
        with made.running():
            yield made

    return started


def committed(control: RunningController, device: str, variant: str) -> Device | None:
    shown = control.device(device)
    reported = shown.reported
    done = reported is not None and reported.outcome == "committed"
    return shown if done and reported and reported.serving.variant == variant else None


def ordered_by(control: RunningController, device: str) -> str:
    """Name of the key that has signed a device's order."""
    return decode(control.services.store.device(device).desired, Envelope).key_id


def plan(control: RunningController, device: str) -> None:
    """Unless the controller has come to it by itself meanwhile."""
    try:
        control.client.send(endpoints.make_plan(device, dry_run=False))
    except RefusedError as error:
        assert "under way" in str(error)


def serves_since(control: RunningController, device: str, since: float) -> bool:
    window = control.device(device).telemetry
    return window is not None and window.start > since and window.frames > 0


def order_of(control: RunningController, device: str) -> Desired:
    envelope = decode(control.services.store.device(device).desired, Envelope)
    return decode(envelope.payload, Desired)


def refuses(control: RunningController, device: str, key: SigningKey) -> bool:
    """Whether a device takes no order that this key has signed."""
    order = order_of(control, device)
    forged = seal(Desired(device=device, revision=order.revision + 50, expires_at=1e11), key)
    control.controller.connection.publish(topics.down(device, "desired"), forged)
    reported = control.device(device).reported
    return reported is not None and reported.reason == ReasonCode.SIGNATURE


def test_devices_follow_to_another_key_and_go_on_with_what_they_hold(
    tmp_path: Path, start: Start, cameras: dict[str, CameraProcess]
) -> None:
    with start() as control:
        old = control.signer.key
        first = build("first", old, draw=blob_detector)
        control.offer(first, ap50=0.5, mmac=300.0)
        for name, camera in cameras.items():
            camera.enrol(control.url, control.new_token(name))
            camera.start()
        for name in cameras:
            eventually(lambda name=name: committed(control, name, "first"), f"{name} to serve")
        cameras[ASLEEP].stop()
        client = control.client
        assert client.send(asked.rotate_signing()).phase == "overlap"
        eventually(lambda: client.send(asked.signing_rotation()).behind == [ASLEEP], "who is awake")
        with pytest.raises(RefusedError, match=ASLEEP):
            client.send(asked.switch_signing())
    with start((first, 0.5)) as control:  # as after a crash: the overlap goes on
        client, before = control.client, order_of(control, AWAKE)
        client.send(asked.switch_signing(leave_behind=True))
        new = control.signer.key.key_id
        assert new != old.key_id
        eventually(lambda: client.send(asked.signing_rotation()).unsigned == 0, "new signatures")
        assert {ordered_by(control, name) for name in cameras} == {new}
        assert order_of(control, AWAKE) == before, "nothing else has changed"
        assert client.send(asked.finish_signing(leave_behind=True)).phase == "none"
        identity = tmp_path / AWAKE / "state"
        eventually(lambda: list(load_identity(identity).keys.keys) == [new], "the end of the old")
        assert not (tmp_path / "controller" / "pki" / "signing.key").exists()
        eventually(lambda: refuses(control, AWAKE, old), "the old key to be refused")

        cameras[AWAKE].kill()
        cameras[AWAKE].start()
        since = time.time()
        eventually(lambda: serves_since(control, AWAKE, since), "what it held before")
        second = build("second", control.signer.key, draw=blob_detector, seed=3)
        control.offer(second, ap50=0.9, mmac=300.0)
        plan(control, AWAKE)
        eventually(lambda: committed(control, AWAKE, "second"), "an order of the new key")

        plan(control, ASLEEP)
        cameras[ASLEEP].start()
        eventually(lambda: committed(control, ASLEEP, "second"), "the one that slept through")
        eventually(lambda: client.send(asked.signing_rotation()).behind == [], "nobody behind")
        events = client.send(endpoints.events(limit=200))
        assert {"signing_key", "signing_keys_taken"} <= {event.kind for event in events}
        # To the one that slept, its kept order may come before the key that signed it.
        assert ("not_believed", AWAKE) not in {(event.kind, event.device) for event in events}
