"""The application's part that changes things: asks, does what is confirmed, and is not left in
the middle of it unasked."""

from lamplighter_client.client import AsyncClient
from rich.text import Text
from textual import work
from textual.app import App

from lamplighter_dashboard.actions.perform import Performing
from lamplighter_dashboard.actions.proposal import Draft, Proposal
from lamplighter_dashboard.screens.modal.choose import ChooseScreen
from lamplighter_dashboard.screens.modal.confirm import ConfirmScreen

STAY, ONCE_DONE, AT_ONCE = "stay", "once done", "at once"
LEAVING = (
    (STAY, "stay here"),
    (ONCE_DONE, "quit once it is done"),
    (AT_ONCE, "quit now: what is left is not done"),
)


class LeavingScreen(ChooseScreen):
    """Asks whether to leave in the middle of something."""


class PerformingApp(App[None]):
    """What was confirmed is done in the background, one request after the other."""

    client: AsyncClient

    def __init__(self) -> None:
        super().__init__()
        self._performing: list[Performing] = []
        self._leaves_once_done = False
        self.parting = ""
        """What is said on the terminal once it is left."""

    @property
    def progress(self) -> str:
        """Of what is being done; empty: nothing is."""
        return "; ".join(one.progress for one in self._performing)

    @property
    def read_only(self) -> bool:
        """Whether nothing is changed from here."""
        return False

    def propose(self, draft: Draft) -> None:
        """Ask, and do it once it is confirmed."""
        if self.read_only:
            self.notify("this dashboard is read-only: nothing is changed from here")
            return
        self.push_screen(ConfirmScreen(draft), self._confirmed)

    def _confirmed(self, proposal: Proposal | None) -> None:
        if proposal is not None:
            self._perform(proposal)

    @work(group="performing")
    async def _perform(self, proposal: Proposal) -> None:
        one = Performing(proposal)
        self._performing.append(one)
        try:
            await one.run(self.client)
        finally:
            self._performing.remove(one)
        self.notify(one.outcome, severity=one.weight, markup=False)
        for screen in self.screen_stack:
            if read_again := getattr(screen, "read_again", None):
                read_again()
        if self._leaves_once_done and not self._performing:
            self._part(one.outcome)

    async def action_quit(self) -> None:
        """By a key."""
        self.leave()

    def leave(self) -> None:
        """Leave; where something that was confirmed is not done yet, ask first."""
        if not self._performing:
            self._part()
        elif not isinstance(self.screen, LeavingScreen):
            self.push_screen(LeavingScreen(f"{self.progress}; quit?", LEAVING, []), self._leave)

    def _leave(self, keys: list[str] | None) -> None:
        self._leaves_once_done = keys == [ONCE_DONE]
        if keys == [AT_ONCE] or (self._leaves_once_done and not self._performing):
            self._part(f"{self.progress}; the rest was left" if self._performing else "")

    def _part(self, told: str = "") -> None:
        self.parting = told
        self.exit(message=Text(told) if told else None)
