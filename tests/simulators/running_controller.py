"""A whole controller with a broker of its own; only the workshop's variants are ready-made."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import Device
from lamplighter_client.target import Target
from lamplighter_controller.api.app import create_app
from lamplighter_controller.bootstrap import Controller
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.folder_lock import FolderLock
from lamplighter_controller.pki.signer import FILE as SIGNING
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.pki.signing_keys import FIRST_KEY
from lamplighter_controller.services.sites.site_builder import SiteBuilder
from lamplighter_controller.settings import ControllerSettings
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.chunk_shelf import ChunkShelf
from tests.simulators.controller_rig import FakeWorkshop
from tests.simulators.pending_sites import PendingSites
from tests.simulators.served_app import served
from tests.simulators.tiny_world import HEIGHT, WIDTH, Variant

PATIENCE_S = 120.0


class IdleWorkshop(FakeWorkshop):
    """Offers nothing and builds nothing."""

    def __init__(self, sites: SiteBuilder) -> None:
        super().__init__([])
        self.sites = sites

    def start(self, _report_trouble: Callable[[str], None], /) -> "Future[Any]":
        started: Future[Any] = Future()
        started.set_result(None)
        return started

    def recipes(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        pass


class RunningController:
    """Its API by `client`; `offer` puts variants into the catalogue.

    Parents of sites wait in `pending_sites`, unless there is a maker of these; `others` are
    settings. `broker_port`: 0 for any free one; named where it is to be the same after a restart.
    """

    def __init__(
        self,
        folder: Path,
        key: SigningKey,
        sites: SiteBuilder | None = None,
        *,
        stop_broker: bool = True,
        broker_port: int = 0,
        **others: Any,
    ) -> None:
        self._chunks = ChunkShelf()
        folder.mkdir(exist_ok=True)
        settings = ControllerSettings(
            data_dir=folder,
            probation_frames=20,
            probation_s=2.0,
            stop_broker=stop_broker,
            broker_port=broker_port,
            **others,
        )
        lock = FolderLock(folder).acquire()
        self.pending_sites = PendingSites(folder / "sites")
        workshop = IdleWorkshop(sites or self.pending_sites)
        self.signer = _signer(folder, key)
        self.controller = Controller(
            settings, workshop, self._chunks, self.signer, SystemClock(), lock
        )
        self.services = self.controller.services
        self.url, self.client = "", Client(Target("http://127.0.0.1:9", ""))

    def offer(
        self, variant: Variant, *, ap50: float, mmac: float, parent: str = "", site: str = ""
    ) -> None:
        size = f"{WIDTH}x{HEIGHT}"
        self._chunks |= variant.chunks
        spec = VariantSpec(
            id=variant.name,
            model="blobs",
            recipe=variant.name,
            parent=parent,
            model_version="v1",
            site=site,
            manifest=variant.sha,
            size_bytes=sum(map(len, variant.chunks.values())),
            sizes=[size],
            mmac={size: mmac},
            bytes_moved={size: 1_000_000},
            expected_ap50={size: dict.fromkeys(REGIMES, ap50)},
        )
        self.services.catalogue.keep(spec)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Broker, decisions and API answer meanwhile."""
        self.controller.start()
        try:
            app = create_app(self.services, recipes=dict, counters=self.controller.counters)
            with served(app) as self.url:
                token = self.services.access.make_token("test", "admin")
                with Client(Target(self.url, token)) as self.client:
                    yield
        finally:
            self.controller.close()

    def new_token(self, device: str) -> str:
        return self.client.send(endpoints.create_token(device)).token

    def device(self, name: str) -> Device:
        return self.client.send(endpoints.device(name))

    def windows(self, name: str, stream: str) -> list[Telemetry]:
        return self.client.send(endpoints.telemetry(name, stream=stream))


def _signer(folder: Path, key: SigningKey) -> Signer:
    """What is there goes before the key that is given."""
    if not (folder / "pki" / SIGNING).exists():
        (folder / "pki").mkdir(exist_ok=True, mode=0o700)
        key.save(folder / "pki" / FIRST_KEY)
    return Signer(folder / "pki")


def eventually(true: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first value that is true; fails when that takes too long."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        value = true()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")
