"""How devices come in: who asks to, and tokens for those that shall."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lamplighter_client import registration_endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import Claim, EnrolmentToken, FleetRow
from lamplighter_wire.joining.links import EnrolLink
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget

from lamplighter_dashboard.actions.proposal import Draft
from lamplighter_dashboard.actions.provision_actions import (
    accept,
    open_window,
    reject,
    renew,
    token,
)
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.docker_hosts import DockerHostsScreen
from lamplighter_dashboard.screens.modal.secret import SecretScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable, Rows
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.events import when
from lamplighter_dashboard.words.joining import addresses, certificates

NOTE = (
    "The command reads the token from its input: type or paste the line below it, or let a"
    " hand-held scanner type the code. For one enrolment, within an hour; not shown again."
)
NOT_REACHED = (
    "This dashboard speaks to its own machine: for CONTROLLER put the name that devices use."
)


@dataclass(frozen=True)
class Joining:
    """Who waits to come in."""

    claims: list[Claim]
    tokens: list[EnrolmentToken]


class ProvisionScreen(PolledScreen[Joining]):
    """Claims above, tokens below."""

    name_shown = "Provision"
    about = (
        "Devices that ask to come in (compare the fingerprint before you accept one), and one-time"
        " tokens. n makes a token: it is shown once, with a QR code and the command to type. /"
        " leaves the lines in which all words stand. Below"
        " are certificates that end within a year; each is renewed by itself, r does it now."
        " h shows the agents on Docker hosts whose gateway files dashboard.toml names."
    )
    searches_for = "words that stand in a line, such as: cam-1 pending; nothing: all lines"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "token", "New token", id="provision-token"),
        Binding("a", "accept", "Accept", id="provision-accept"),
        Binding("d", "reject", "Reject", id="provision-reject"),
        Binding("w", "window", "Take claims", id="provision-window"),
        Binding("h", "hosts", "Docker hosts", id="provision-hosts"),
        Binding("r", "renew", "Renew", id="provision-renew", tooltip="a certificate that ends"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._claims: list[Claim] = []
        self._words: list[str] = []
        self._read: Joining | None = None
        self._ending: list[FleetRow] = []

    def body(self) -> Sequence[Widget]:
        claims = ListTable(
            ("", "device", "fingerprint", "from", "asked"),
            id="claims",
            classes="panel",
            cut=("fingerprint",),
            dropped=("asked", "from"),
        )
        tokens = ListTable(("device", "made", "ends", "used"), id="tokens", classes="panel")
        titles = ("device", "certificate ends", "left", "to do")
        ending = ListTable(titles, id="ending", classes="panel", cut=("to do",))
        claims.border_title, tokens.border_title = "Who asks to come in", "Tokens"
        ending.border_title = "Certificates that end soonest"
        return (claims, tokens, ending)

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one("#claims").focus()

    async def read(self, client: AsyncClient) -> Joining:
        return Joining(
            await client.send(registration_endpoints.claims()),
            await client.send(registration_endpoints.tokens()),
        )

    def show(self, read: Joining) -> None:
        self._read, now = read, time.time()
        self._claims = sorted(read.claims, key=lambda c: (c.state != "pending", -c.last_at))
        claims = self.query_one("#claims", ListTable)
        self._show(claims, [(one.id, self._claim_cells(one, now)) for one in self._claims])
        claims.border_subtitle = "" if self._claims else "nobody; w takes claims for a while"
        tokens = self.query_one("#tokens", ListTable)
        tokens.border_subtitle = "" if read.tokens else "none; n makes one"
        self._show(tokens, [(one.id, _token_cells(one, now)) for one in self._tokens])
        self._show_ending(self.dashboard.mirror.controller_time(now))

    @property
    def _tokens(self) -> list[EnrolmentToken]:
        made = self._read.tokens if self._read else []
        return sorted(made, key=lambda token: (-token.created_at, token.device))

    def _show(self, table: ListTable, rows: Rows) -> None:
        """Of these, the lines in which all words stand."""
        table.show([(key, cells) for key, cells in rows if self._fits(cells)])

    def _show_ending(self, now: float) -> None:
        """Of all devices."""
        self._ending = certificates.soonest(self.dashboard.mirror.rows.values(), now)
        table = self.query_one("#ending", ListTable)
        self._show(table, [(row.id, self._ending_cells(row, now)) for row in self._ending])
        none = "none ends within a year" if self.dashboard.mirror.rows else ""
        table.border_subtitle = certificates.RENEWED if self._ending else none

    def _ending_cells(self, row: FleetRow, now: float) -> list[Text]:
        told, tone = certificates.left_text(row, now)
        cells = (row.id, when(row.certificate_ends_at, now), told, certificates.mend_text(row, now))
        return [Text(cell, self.dashboard.tone(tone)) for cell in cells]

    def _claim_cells(self, one: Claim, now: float) -> list[Text]:
        shade = {"pending": "warning", "accepted": "well"}.get(one.state, "dim")
        cells = (one.state, one.device, one.fingerprint, one.source, when(one.last_at, now))
        return [Text(cell, self.dashboard.tone(shade)) for cell in cells]

    def _claim(self) -> Claim | None:
        key = self.query_one("#claims", ListTable).key
        pending = (claim for claim in self._claims if claim.state == "pending")
        return next((claim for claim in pending if claim.id == key), None)

    def _about_claim(self, draft: Draft | None) -> None:
        if draft is None:
            self.notify("no claim waits here", severity="warning")
        else:
            self.dashboard.propose(draft)

    def action_accept(self) -> None:
        """Let in who is under the cursor."""
        claim = self._claim()
        self._about_claim(accept(claim) if claim else None)

    def action_reject(self) -> None:
        """Keep out who is under the cursor."""
        claim = self._claim()
        self._about_claim(reject(claim) if claim else None)

    def action_renew(self) -> None:
        """Have the certificate under the cursor replaced now."""
        if device := self.query_one("#ending", ListTable).key:
            self.dashboard.propose(renew(device))
        else:
            self.notify("no certificate ends soon", severity="warning")

    def action_hosts(self) -> None:
        """Agents as containers of engines."""
        self.app.push_screen(DockerHostsScreen())

    def action_window(self) -> None:
        """Take claims for a while."""
        self.dashboard.propose(open_window())

    def action_token(self) -> None:
        """Ask for the name of the device, and make one once that is confirmed."""
        self.dashboard.propose(token(self._show_token))

    def _show_token(self, made: EnrolmentToken) -> None:
        url = self.dashboard.client.target.url
        self.app.push_screen(token_screen(made.device, made.token, url))

    @property
    def searched(self) -> str:
        return " ".join(self._words)

    def search(self, text: str) -> None:
        self._words = text.lower().split()
        if self._read is not None:
            self.show(self._read)

    def exported(self) -> tuple[list[str], list[list[object]]]:
        """The table that has the keys."""
        table = self.list_in_focus.id if self.list_in_focus else "claims"
        if table == "tokens":
            return ["device", "created_at", "expires_at", "used_at"], [
                [one.device, one.created_at, one.expires_at, one.used_at] for one in self._tokens
            ]
        if table == "ending":
            return ["device", "certificate_ends_at"], [
                [row.id, row.certificate_ends_at] for row in self._ending
            ]
        return ["state", "device", "fingerprint", "source", "last_at"], [
            [one.state, one.device, one.fingerprint, one.source, one.last_at]
            for one in self._claims
        ]

    def _fits(self, cells: Sequence[Text]) -> bool:
        line = " ".join(cell.plain for cell in cells).lower()
        return all(word in line for word in self._words)


def token_screen(device: str, token: str, url: str) -> SecretScreen:
    """The command with the controller's address, as far as a device reaches that."""
    is_reached = addresses.is_reached(url)
    return SecretScreen(
        f"Token for {device}",
        token,
        f"lamplighter-agent enrol --url {addresses.for_devices(url)} --device {device} --token -",
        NOTE if is_reached else f"{NOT_REACHED} {NOTE}",
        EnrolLink(url, device, token) if is_reached else None,
    )


def _token_cells(token: EnrolmentToken, now: float) -> list[Text]:
    used = when(token.used_at, now) if token.used_at else figures.NOTHING
    made, ends = when(token.created_at, now), when(token.expires_at, now)
    return [Text(cell) for cell in (token.device, made, ends, used)]
