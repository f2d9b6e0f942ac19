"""Six pretended devices with groups, a rollout and a build, for pictures and for looks."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import sin
from pathlib import Path

import msgspec
from fastapi.testclient import TestClient

from tests.dashboard.city import NOT_BUILT, FleetOfSix
from tests.dashboard.driving import served_fleet
from tests.simulators.certificates import key_and_request
from tests.simulators.served_app import api_of

WINDOWS, WINDOW_S = 130, 5.0
DAY_S = 86_400.0
STREET = "192.0.2.31"
EXPECTED = ("cam-10", "cam-11")
GROUPS = (
    ("mains", "not solar and site=north", "as fast as the street asks"),
    ("solar", "solar", "what the sun gives"),
)
SITES = (
    ("gateway-1", "north", {}),
    ("box-1", "north", {}),
    ("cam-weak", "south", {}),
    ("solar-1", "south", {"solar": "yes"}),
)


def liven(fleet: FleetOfSix) -> None:
    """Let there be something to see on each screen."""
    api = api_of(fleet.app, fleet.rig.services.access.make_token("pictures", "admin"))
    for name, site, labels in SITES:
        _posted(api, f"devices/{name}/label", {"site": site, "labels": labels})
    for name, query, about in GROUPS:
        _posted(api, "groups", {"name": name, "query": query, "about": about})
    solar = {"power_w": 3.0, "release_from_hour": 22.0, "release_until_hour": 5.0}
    _posted(api, "policies", {"scope": "group:solar", "values": solar})
    _posted(api, "policies", {"scope": "group:mains", "values": {"latency_p95_ms": 120.0}})
    rollout = {"name": "autumn", "target": "int8-full-3f2a91", "group": "mains"}
    _posted(api, "rollouts", rollout)
    for verb in ("approve", "start"):
        _posted(api, "rollouts/autumn/steps", {"verb": verb})
    fleet.rig.settle()


def live_on(fleet: FleetOfSix) -> None:
    """Ten minutes more, in which traffic comes and goes."""
    devices = (fleet.gateway, fleet.weak, fleet.solar)
    for device in devices:
        device.report("committed", phase="COMMITTED")
    for number in range(WINDOWS):
        at = fleet.rig.clock.time()
        fleet.rig.clock.advance(WINDOW_S)
        wave = 1.0 + sin(number / 9.0)
        for lane, device in enumerate(devices, 1):
            fleet.window(
                device,
                at,
                latency_p50_ms=17.0 + 2.0 * lane + 3.0 * wave,
                latency_p95_ms=22.0 + 3.0 * lane + 5.0 * wave,
                energy_mj_per_frame=70.0 + 8.0 * lane + 9.0 * wave,
                power_w=2.1 + 0.3 * wave,
                temperature_c=44.0 + 3.0 * wave,
                density=3.0 * lane + 4.0 * wave,
                counts={"north/in": {"car": round(2 * wave)}, "south/out": {"car": lane}},
            )
    fleet.rig.settle()


def begin_a_build(fleet: FleetOfSix) -> None:
    """One that goes on for as long as somebody looks."""
    fleet.rig.services.queue.call(lambda: fleet.rig.services.jobs.build(NOT_BUILT))
    fleet.rig.settle()


def expect_more(fleet: FleetOfSix) -> None:
    """A device asks to come in, tokens are out, and certificates have ends."""
    rig = fleet.rig
    api = api_of(fleet.app, rig.services.access.make_token("pictures", "admin"))
    for name in EXPECTED:
        _posted(api, "tokens", {"device": name})
    _posted(api, "claims/window", {"life_s": 4 * 3600})
    asking = TestClient(fleet.app, base_url="http://test/api/v1", client=(STREET, 50_000))
    _posted(asking, "claims", {"device": "cam-9", "csr": key_and_request("cam-9")[1]})
    for days, (name, _, _) in enumerate(SITES):
        told = rig.store.device(name).capabilities
        assert told is not None
        ends_at = rig.clock.time() + (220.0 + 40.0 * days) * DAY_S
        told = msgspec.structs.replace(told, certificate_ends_at=ends_at)
        rig.store.update_device(name, capabilities=told)
    rig.settle()


def _posted(api: TestClient, path: str, body: dict[str, object]) -> None:
    answer = api.post(path, json=body)
    assert answer.is_success, answer.text


@contextmanager
def livened_fleet() -> Iterator[tuple[str, str]]:
    """The address of their controller and a token."""
    with tempfile.TemporaryDirectory() as work, served_fleet(Path(work)) as (fleet, url):
        liven(fleet)
        live_on(fleet)
        begin_a_build(fleet)
        expect_more(fleet)
        yield url, fleet.rig.services.access.make_token("test", "admin")
