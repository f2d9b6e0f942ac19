"""The keys by which devices are acted on: the same in the fleet's table and on a device's page."""

import time
from collections.abc import Callable, Sequence
from typing import ClassVar, cast

from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.documents import Device
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text
from textual import work
from textual.binding import Binding, BindingType

from lamplighter_dashboard.actions import device_actions, group_actions, leaving_actions
from lamplighter_dashboard.actions.proposal import Draft
from lamplighter_dashboard.screens.attention.attention_keys import AttentionKeys
from lamplighter_dashboard.screens.host import Host
from lamplighter_dashboard.screens.modal.choose import ChooseScreen

MOST_AT_ONCE = 200


class DeviceKeys(AttentionKeys):
    """Mixed into screens that have devices to act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "p", "plan", "Plan", id="device-plan", tooltip="what would be better, as a difference"
        ),
        Binding("i", "pin", "Pin", id="device-pin", show=False, tooltip="to a variant or model"),
        Binding("h", "hold", "Hold", id="device-hold", show=False, tooltip="tell it nothing new"),
        Binding(
            "r", "release", "Release", id="device-release", show=False, tooltip="end hold and pin"
        ),
        Binding(
            "b",
            "roll_back",
            "Roll back",
            id="device-roll-back",
            show=False,
            tooltip="to what served well before",
        ),
        Binding(
            "w",
            "variants",
            "Variants",
            id="device-variants",
            show=False,
            tooltip="what else it could serve, as a picture",
        ),
        Binding("m", "probe", "Measure", id="device-probe", show=False, tooltip="probe again"),
        Binding("l", "label", "Label", id="device-label", show=False, tooltip="site and labels"),
        Binding(
            "L",
            "limits",
            "Limits",
            id="device-limits",
            show=False,
            tooltip="its own latency and power",
        ),
        Binding(
            "M",
            "join_group",
            "Move",
            id="device-move",
            show=False,
            tooltip="to a group, by site and labels",
        ),
        Binding(
            "ctrl+t", "retire", "Retire", id="device-retire", show=False, tooltip="out of the fleet"
        ),
        Binding(
            "ctrl+k",
            "revoke",
            "Revoke",
            id="device-revoke",
            show=False,
            tooltip="out for ever: it was stolen",
        ),
    ]

    @property
    def _dashboard(self) -> Host:
        return cast(Host, self.app)

    def acted_on(self) -> Sequence[str]:
        """The devices that are meant."""
        return ()

    def _meant(self) -> list[str]:
        """The devices to act on; none where that is refused, which is then said."""
        names = list(self.acted_on())
        if not names:
            self.notify("no device is chosen", severity="warning")
        elif len(names) > MOST_AT_ONCE:
            self.notify(f"{MOST_AT_ONCE} devices at once are the most", severity="warning")
            return []
        return names

    def _propose(self, make: Callable[[Sequence[str]], Draft]) -> None:
        if names := self._meant():
            self._dashboard.propose(make(names))

    def action_variants(self) -> None:
        """What else the first of them could serve."""
        if names := list(self.acted_on()):
            self._dashboard.open_variants(names[0])

    def action_probe(self) -> None:
        self._propose(device_actions.probe)

    def action_hold(self) -> None:
        self._propose(device_actions.hold)

    def action_roll_back(self) -> None:
        self._propose(device_actions.roll_back)

    def action_retire(self) -> None:
        self._propose(leaving_actions.retire)

    def action_revoke(self) -> None:
        """One at a time: nothing undoes it."""
        names = list(self.acted_on())
        if len(names) == 1:
            self._dashboard.propose(leaving_actions.revoke(names[0]))
        else:
            self.notify("revoke one device at a time", severity="warning")

    def action_pin(self) -> None:
        """To a variant or model; what it serves is filled in."""
        rows = self._dashboard.mirror.rows
        names = list(self.acted_on())
        targets = sorted({t for row in rows.values() for t in (row.variant, row.model) if t})
        served = rows[names[0]].variant if names and names[0] in rows else ""
        self._propose(lambda devices: device_actions.pin(devices, targets, served))

    def action_plan(self) -> None:
        """One device: a dry run first."""
        names = list(self.acted_on())
        if len(names) == 1:
            self._plan(names[0])
        else:
            self.notify("plan for one device at a time", severity="warning")

    @work(exclusive=True, group="acting")
    async def _plan(self, name: str) -> None:
        self.notify(f"planning for {name} …", timeout=2)
        send = self._dashboard.client.send
        try:
            answer = await send(endpoints.make_plan(name, dry_run=True))
            device = await send(endpoints.device(name))
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        self._dashboard.propose(device_actions.plan(device, answer, time.time()))

    @work(exclusive=True, group="acting")
    async def action_join_group(self) -> None:
        """Choose a group, then say what of site and labels that changes."""
        if not self._meant():
            return
        try:
            known = await self._dashboard.client.send(group_endpoints.groups())
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        if not known:
            self.notify("there is no group yet; :groups makes one", severity="warning")
            return
        choices = [(one.name, f"{one.name}: {one.query}") for one in known]
        screen = ChooseScreen("Move to a group", choices, [])
        self.app.push_screen(screen, self._group_chosen)

    def _group_chosen(self, keys: list[str] | None) -> None:
        if keys:
            self._join(keys[0])

    @work(exclusive=True, group="acting")
    async def _join(self, group: str) -> None:
        send, names = self._dashboard.client.send, self._meant()
        try:
            devices = [await send(endpoints.device(name)) for name in names]
            fits = [await send(group_endpoints.group_fit(group, name)) for name in names]
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        if fits:
            self._dashboard.propose(group_actions.move(devices, fits))

    def action_release(self) -> None:
        self._with_devices(device_actions.release)

    def action_label(self) -> None:
        self._with_devices(device_actions.label)

    def action_limits(self) -> None:
        """One at a time: each has its own to begin from."""
        if len(self.acted_on()) > 1:
            self.notify("set the limits of one device at a time", severity="warning")
        else:
            self._with_devices(lambda devices: device_actions.limits(devices[0]))

    @work(exclusive=True, group="acting")
    async def _with_devices(self, make: Callable[[Sequence[Device]], Draft]) -> None:
        """As they are now: what is proposed says what it was before."""
        names = self._meant()
        try:
            devices = [await self._dashboard.client.send(endpoints.device(name)) for name in names]
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        if devices:
            self._dashboard.propose(make(devices))
