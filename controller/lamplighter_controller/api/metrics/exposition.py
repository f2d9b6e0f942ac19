"""The text that Prometheus scrapes. It is written anew at most once a second, whoever asks."""

import threading
import time
from collections.abc import Callable

from lamplighter_controller.api.metrics.device_series import add_device
from lamplighter_controller.api.metrics.families import Families
from lamplighter_controller.api.metrics.fleet_series import Counters, add_controller, add_fleet
from lamplighter_controller.domain.selection.device_selection import DeviceSelection
from lamplighter_controller.services.fleet import rollup
from lamplighter_controller.wiring.parts import Services

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
AGAIN_S = 1.0


class Exposition:
    """Renders on the caller's thread; who asks meanwhile gets the same text."""

    def __init__(self, services: Services, counters: Callable[[], Counters]) -> None:
        self._services, self._counters = services, counters
        self._lock = threading.Lock()
        self._text, self._at = b"", float("-inf")

    def text(self) -> bytes:
        """As of now, or of less than a second ago."""
        with self._lock:
            if time.monotonic() - self._at >= AGAIN_S:
                self._text = render(self._services, self._counters(), time.time())
                self._at = time.monotonic()
            return self._text


def render(services: Services, counters: Counters, now: float) -> bytes:
    """All series, of the fleet and of as many devices as the settings allow; `now` is wall time."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    families = Families()
    figures = rollup(services.store)
    add_fleet(families, figures)
    add_controller(families, counters, services.queue.depth, services.queue.depths())
    shown = _add_devices(families, services, now)
    families.add("metrics_devices_left_out", max(0, figures.devices - shown))
    families.add("metrics_left_out_total", services.window_totals.left_out)
    registry = CollectorRegistry()
    registry.register(families)  # type: ignore[arg-type,unused-ignore]  # it collects
    ProcessCollector(namespace="lamplighter", registry=registry)
    return bytes(generate_latest(registry))


def _add_devices(families: Families, services: Services, now: float) -> int:
    """How many devices have series of their own."""
    most = services.window_totals.most_devices
    if not most:
        return 0
    records = services.store.select_devices(DeviceSelection(now=now, limit=most))
    notices = services.health.all_notices(records)
    for record, wrong in zip(records, notices, strict=True):
        add_device(families, record, wrong, services.window_totals.of(record.id), now)
    return len(records)
