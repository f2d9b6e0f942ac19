"""A controller whose devices count, and what it pushes of that to a city's platform."""

from pathlib import Path

from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.services.street.push import StreetPush
from lamplighter_controller.services.street.push_target import PushFormat, PushTarget
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Street, StreetLine, StreetPosition, Telemetry

from tests.simulators.controller_rig import Rig, spec

BEGIN, QUARTER_S = 1.8e9, 900.0
SECRET = "Wolkenbruch"


class CountingCity:
    """Two cameras, one of which counts a car every ten seconds, and what pushes that."""

    def __init__(self, folder: Path, url: str, form: PushFormat = "ngsi-ld") -> None:
        self.folder, self._url, self._form = folder, url, form
        self.clock = ManualClock(BEGIN)
        self.rig = Rig(folder, [spec("full-fp32", 0.85, 900.0)], clock=self.clock)
        self.store = self.rig.store
        for name in ("cam-1", "cam-2"):
            self.store.add_device(DeviceRecord(id=name, site="Gate"))
        (folder / "token").write_text(SECRET + "\n")
        self.said, self.at, self.window_s = 0, BEGIN, 10.0
        self.counts: dict[str, dict[str, int]] = {"north/in": {"car": 1}}
        self.occupancy: dict[str, float] = {}
        self.version = 0  # of the lines
        self.stands = StreetPosition(latitude=52.27, longitude=10.53)
        self.push = self.again()

    def again(self, url: str = "") -> StreetPush:
        """As after a restart."""
        token = str(self.folder / "token")
        target = PushTarget(url or self._url, token, may_be_local=True, form=self._form)
        counts = StreetCounts(self.store, self.clock)
        known = KnownMovements(counts, self.store, self.folder / "street-known.json")
        progress = self.folder / "street-push.json"
        events = EventLog(self.store, self.clock)
        return StreetPush(self.store, counts, known, events, self.clock, target, progress)

    def drive(self, quarters: float = 1.0) -> None:
        """So much of the street goes by."""
        windows = []
        for _ in range(round(quarters * QUARTER_S / self.window_s)):
            self.said += 1
            window = Telemetry(
                device="cam-1",
                seq=self.said,
                start=self.at,
                seconds=self.window_s,
                frames=50,
                counts=self.counts,
                occupancy=self.occupancy,
                street=self.version,
            )
            windows.append(window)
            self.at += self.window_s
        self.store.add_telemetry(windows, self.clock.time())
        self.store.update_device("cam-1", newest_window=windows[-1])
        self.clock.advance(quarters * QUARTER_S)

    def draw(self, version: int, *lines: str) -> None:
        """The device counts on these from now on."""
        street = Street(lines=[StreetLine(name=name) for name in lines], positions=[self.stands])
        record = ConfigurationRecord(
            device="cam-1", version=version, street=street, street_version=version
        )
        self.store.add_configuration(record)
        self.version = version

    def told(self) -> list[str]:
        """What operators are told of it."""
        return [event.text for event in self.store.events() if event.kind == "street_push"]
