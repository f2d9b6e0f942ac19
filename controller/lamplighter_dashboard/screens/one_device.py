"""What screens about one device share: which one it is, and how another one is chosen."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.binding import Binding, BindingType

from lamplighter_dashboard.model.connection import Connection
from lamplighter_dashboard.model.front_view import prefixed
from lamplighter_dashboard.model.messages import FleetChanged
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.fleet import FleetScreen

T = TypeVar("T")


class OneDeviceScreen(PolledScreen[T]):
    """Of a device that is named, or of that under the fleet's cursor."""

    device_id = ""
    searches_for = "the beginning of a device's name"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n",
            "device(1)",
            "Device",
            id="device-next",
            show=False,
            tooltip="the next one by name",
        ),
        Binding("N", "device(-1)", "Device before", id="device-before", show=False),
        Binding("d", "open", "Its page", id="device-page", show=False),
    ]

    @property
    def asks(self) -> bool:
        return bool(self.chosen_device)

    def connection(self) -> Connection:
        """Until a device is known, that by which devices become known."""
        return super().connection() if self.asks else self.dashboard.feed.connection

    @on(FleetChanged)
    def _begin_with_first(self) -> None:
        """The fleet may come after the screen is opened."""
        if self.asks and not self.has_asked:
            self._read_in_turn()

    @property
    def none_text(self) -> str:
        """What is said while no device is known."""
        if not self.dashboard.feed.connection.heard_at:
            return "Waiting for the controller …"
        return "No device yet: a token for one is made on the screen Provision."

    def look_at(self, device: str) -> None:
        """Show another one."""
        self.device_id = device
        self.read_again()

    @property
    def chosen_device(self) -> str:
        """The one that is named, else that under the fleet's cursor, else the first by name."""
        below = next((s for s in self.app.screen_stack if isinstance(s, FleetScreen)), None)
        under = below.table.device if below is not None else ""
        return self.device_id or under or min(self.dashboard.mirror.rows, default="")

    def _devices(self) -> Sequence[str]:
        return sorted(self.dashboard.mirror.rows)

    def search(self, text: str) -> None:
        name = self.complete_search(text)
        if name is None:
            self.notify(f"no device begins with {text}", severity="warning", markup=False)
        else:
            self.look_at(name)

    def complete_search(self, text: str) -> str | None:
        return prefixed(self._devices(), text)

    def action_device(self, step: int) -> None:
        """The next one by name."""
        names = self._devices()
        if names:
            at = names.index(self.device_id) if self.device_id in names else -step
            self.look_at(names[(at + step) % len(names)])

    def action_open(self) -> None:
        """Its page."""
        if self.device_id:
            self.dashboard.open_device(self.device_id)
