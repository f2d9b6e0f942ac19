"""What reading a fleet costs: pages of devices, sums and metrics, over HTTP from a served API."""

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
import uvicorn
from lamplighter_controller.api.app import PREFIX, create_app
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import DeviceRecord

from lamplighter_demo.benchmarks.pretended_fleet import PretendedFleet

READINGS = 20
SITES, GROUPS = 7, 20
REQUESTS = {
    "page": "/devices?after=copy-00500",
    "page_of_500": "/devices?after=copy-00100&limit=500",
    "filtered_page": "/devices?filter=group%3Dg3,state%3Donline",
    "rare_page": "/devices?filter=site%3Ds1,group%3Dg3,seen%3E1d",
    "sorted_page": "/devices?sort=-seen",
    "rollup": "/rollup",
    "metrics": "/metrics",
}


def bench_reading(fleet: PretendedFleet, original: str, devices: int) -> dict[str, float]:
    """Median milliseconds of processor time, the client's own included, of each request.

    The database holds so many copies of a device.
    """
    copy_device(fleet.store, original, devices)
    app = create_app(fleet.services, recipes=dict, counters=dict)
    token = fleet.services.access.make_token("bench", "viewer")
    with served(app) as url:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url + PREFIX, headers=headers, timeout=60.0) as client:
            return {name: _cpu_ms(client, path) for name, path in REQUESTS.items()}


def copy_device(store: Store, original: str, devices: int) -> None:
    """So many more that are as one that has been through it all, in sites and groups."""
    record = store.device(original)
    (deployment,), (plan,) = store.deployments(original, 1), store.plans(original, 1)
    blank = msgspec.structs.replace(record, revision=0, desired=b"")
    with store.transaction():
        for number in range(devices):
            device = _copy(blank, number)
            store.add_device(device)
            store.save_desired(
                msgspec.structs.replace(plan, device=device.id),
                msgspec.structs.replace(deployment, device=device.id),
                record.desired,
            )


def _copy(record: DeviceRecord, number: int) -> DeviceRecord:
    return msgspec.structs.replace(
        record,
        id=f"copy-{number:05}",
        site=f"s{number % SITES}",
        labels={"group": f"g{number % GROUPS}"},
        online=number % 10 > 0,
        last_seen=record.last_seen - number,
    )


def _cpu_ms(client: httpx.Client, path: str) -> float:
    taken = []
    for _ in range(READINGS):
        started = time.process_time()
        client.get(path).raise_for_status()
        taken.append(time.process_time() - started)
    return round(1e3 * statistics.median(taken), 1)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of an application, which is served meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10.0)
