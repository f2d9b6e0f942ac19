"""The keys by which what is wrong with devices is acknowledged and muted."""

from collections.abc import Sequence
from typing import ClassVar, cast

from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.errors import ClientError
from lamplighter_client.watching.marks import marks
from lamplighter_client.wording import error_text
from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lamplighter_dashboard.actions import attention_actions
from lamplighter_dashboard.actions.proposal import Draft
from lamplighter_dashboard.screens.host import Host

MOST_MUTED = 200


class AttentionKeys(Screen[None]):
    """Mixed into screens that have devices to act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a",
            "say('acknowledge')",
            "Acknowledge",
            id="attention-acknowledge",
            show=False,
            tooltip="somebody sees to it",
        ),
        Binding(
            "z",
            "say('mute')",
            "Mute",
            id="attention-mute",
            show=False,
            tooltip="count nothing as open for a while",
        ),
        Binding(
            "Z",
            "say('take_back')",
            "Take back",
            id="attention-take-back",
            show=False,
            tooltip="what was acknowledged and muted",
        ),
    ]

    def acted_on(self) -> Sequence[str]:
        """The devices that are meant."""
        return ()

    def action_say(self, what: str) -> None:
        """Of the devices that are meant; of one only, where it is about a notice."""
        names = list(self.acted_on())
        if not names:
            self.notify("no device is chosen", severity="warning")
        elif len(names) > (1 if what == "acknowledge" else MOST_MUTED):
            self.notify("too many devices at once for that", severity="warning")
        else:
            self._say_of(what, names)

    @work(exclusive=True, group="acting")
    async def _say_of(self, what: str, names: Sequence[str]) -> None:
        """As it is now: what is proposed says what is wrong, or what was said before."""
        host = cast(Host, self.app)
        try:
            draft = await _draft(host.client, what, names)
        except ClientError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        host.propose(draft)


async def _draft(client: AsyncClient, what: str, names: Sequence[str]) -> Draft:
    if what == "acknowledge":
        return attention_actions.acknowledge(await client.send(endpoints.device(names[0])))
    if what == "mute":
        return attention_actions.mute(names)
    listed = await client.send(marks())
    return attention_actions.take_back(names, listed)
