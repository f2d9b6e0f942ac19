"""A controller with something in every document of its API, and what it answers."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from fastapi.testclient import TestClient
from lamplighter_controller.api.app import PREFIX, create_app
from lamplighter_controller.domain.rollouts.rollout import Target
from lamplighter_controller.store.records import (
    CertificateRecord,
    JobRecord,
    RecompressionRecord,
)
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_wire.enums import JobKind, JobState
from lamplighter_wire.messages import Capabilities, Event, Regime, Transfer, Workload

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.device_messages import shift, telemetry
from tests.simulators.pending_sites import PendingSites

OFFERS = [
    spec("full-fp32", 0.85, 900.0),
    spec("p50-fp32", 0.80, 300.0),
    spec("full-int8", 0.84, 900.0, precision="int8", built=False),
]
READS = (
    "/health",
    "/devices",
    "/devices?retired=true",
    "/devices/cam-1",
    "/devices/cam-2",
    "/devices/cam-1/telemetry",
    "/devices/cam-1/events",
    "/devices/cam-1/plans",
    "/devices/cam-1/deployments",
    "/devices/cam-9",
    "/variants",
    "/models",
    "/jobs",
    "/recompressions",
    "/recompressions?all=true",
    "/rollup",
    "/events/log",
)
WRITES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/tokens", {"device": "cam-3"}),
    ("/api-tokens", {"name": "ops", "role": "viewer"}),
    ("/devices/cam-1/plan", {"dry_run": True}),
    ("/devices/cam-1/probe", {}),
    ("/devices/cam-2/label", {"site": "north", "objective": {"memory_bytes": 200000000}}),
    ("/devices/cam-2/retire", {}),
)


class EventfulDay:
    """A controller after a day with an answered shift."""

    def __init__(self, folder: Path) -> None:
        self._rig = Rig(folder, OFFERS)
        self.app = create_app(self._rig.services, recipes=load_catalogue, counters=dict)
        _pass_day(self._rig)

    def token(self, role: str, scope: str = "") -> str:
        """A new bearer token."""
        return self._rig.services.access.make_token("test", role, scope=scope)

    def client(self) -> TestClient:
        """An administrator's."""
        return TestClient(self.app, headers={"Authorization": f"Bearer {self.token('admin')}"})

    @property
    def sites(self) -> PendingSites:
        """What makes parents of sites."""
        return self._rig.sites

    def end_certificate(self, device: str, in_days: float) -> None:
        """As a device tells that its certificate ends then."""
        told = self._rig.store.device(device).capabilities or Capabilities()
        ends_at = time.time() + in_days * 86_400.0
        told = msgspec.structs.replace(told, certificate_ends_at=ends_at)
        self._rig.store.update_device(device, capabilities=told)

    def place(self, device: str, site: str) -> None:
        """Put a device at a site."""
        self._rig.store.configure_device(device, None, site=site)

    def fill(self, *, elsewhere: str, devices: Sequence[str], rollout: str) -> None:
        """Put something of another site into lists, and devices into a rollout."""
        rig = self._rig
        rig.services.catalogue.keep(
            msgspec.structs.replace(spec("own-fp32", 0.8, 300.0), site=elsewhere)
        )
        job = JobRecord(
            id="j2", kind=JobKind.SPECIALISE_SITE, subject=elsewhere, state=JobState.RUNNING
        )
        rig.store.put_job(job)
        rig.store.add_recompression(
            RecompressionRecord(device=devices[-1], at=1.0, trigger="shift", kind="ladder")
        )
        targets = [Target(device=device) for device in devices]
        record = rig.store.rollout(rollout)
        stopped = msgspec.structs.replace(record.rollout, reason=f"{devices[-1]} is in the way")
        rig.store.save_rollout(msgspec.structs.replace(record, rollout=stopped), targets)

    def certify(self, device: str) -> None:
        """Put a certificate of a device on record."""
        record = CertificateRecord(serial="a1", device=device, issued_at=1.0)
        self._rig.store.add_certificate(record)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._rig.clock.advance(seconds)

    def settle(self) -> None:
        """Let the controller do what is due."""
        self._rig.settle()

    def close(self) -> None:
        self._rig.close()


def _pass_day(rig: Rig) -> None:
    rig.device("cam-2")
    device = rig.device(cpu_model="Test CPU", isa=["avx2"])
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed", phase="COMMITTED")
    rig.store.update_device("cam-1", online=True, last_seen=rig.clock.time())
    now = rig.clock.time()
    rig.clock.advance(10.0)
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("event", Event(device="cam-1", seq=1, at=now, kind="workload_shift", text="fast"))
    device.say("request", shift(fast, at=now + 9.0, began=now + 5.0))
    device.report(
        "committed",
        phase="COMMITTED",
        phases=[("VERIFYING", now + 11.0), ("PROBATION", now + 12.0), ("COMMITTED", now + 15.0)],
        transfer=Transfer(chunks_total=31, bytes_received=1234, chunks_received=31),
        trial=device.trial(candidate_ms=10.0, incumbent_ms=50.0),
    )
    device.say("telemetry", telemetry(rig, device.desired.primary.point, 20.0))
    rig.store.put_job(
        JobRecord(id="j1", kind=JobKind.BUILD, subject="full-int8", state=JobState.RUNNING)
    )


def answers(client: TestClient) -> dict[str, Any]:
    """Request -> JSON of the answer."""
    documents = {path: client.get(PREFIX + path).json() for path in READS}
    for path, body in WRITES:
        documents[f"POST {path}"] = client.post(PREFIX + path, json=body).json()
    return documents
