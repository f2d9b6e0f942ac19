"""One picture of a camera, where its owner permits that, with the lines that it counts on."""

from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client.client import AsyncClient
from lamplighter_client.configuring.endpoints import street
from lamplighter_client.documents.configuring.configurations import StreetFile
from lamplighter_client.documents.street.stills import DeviceStill
from lamplighter_client.errors import ClientError
from lamplighter_client.street.endpoints import take_still
from lamplighter_client.street.sketch import shapes_on
from lamplighter_client.wording import error_text
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from lamplighter_dashboard.model.still_picture import still_picture
from lamplighter_dashboard.widgets.dots import dots_text
from lamplighter_dashboard.words.stills import still_words

ASKING = "Asking the device …"


class StillScreen(ModalScreen[None]):
    """It is asked for when the screen opens, and forgotten when it closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Done"),
        Binding("r", "ask", "Another one"),
        Binding("n", "camera", "The next camera"),
    ]

    def __init__(self, client: AsyncClient, device: str, streams: Sequence[str]) -> None:
        super().__init__()
        self._client, self._device = client, device
        self._streams = list(streams) or [""]
        self._at = 0
        self._street: StreetFile | None = None
        self.still: DeviceStill | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="still"):
            yield Static(ASKING, id="still-words", markup=False)
            yield Static(id="still-dots")

    def on_mount(self) -> None:
        box = self.query_one("#still")
        stream = self._streams[self._at]
        box.border_title = Text(f"A still of {self._device} {stream}".rstrip())
        more = "  n the next camera" if len(self._streams) > 1 else ""
        box.border_subtitle = f"r takes another one{more}  Esc forgets it"
        self.action_ask()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @work(exclusive=True, group="still")
    async def action_ask(self) -> None:
        """Ask for a picture of now."""
        self._say(ASKING)
        try:
            self._street = (await self._client.send(street(self._device))).street
            self.still = await self._client.send(take_still(self._device, self._streams[self._at]))
        except ClientError as error:
            if self.is_attached:
                self._say(error_text(error))
            return
        if self.is_attached:
            self._show()

    def action_camera(self) -> None:
        """The next camera of the device."""
        if len(self._streams) > 1:
            self._at = (self._at + 1) % len(self._streams)
            self.still = None
            self.query_one("#still-dots", Static).update("")
            self.on_mount()

    def _say(self, words: str) -> None:
        self.query_one("#still-words", Static).update(Text(words))

    def _show(self) -> None:
        if self.still is None:
            return
        shapes = shapes_on(self.still, self._street)
        room = self.query_one("#still-dots", Static).size
        self._say(still_words(self.still, self._street))
        picture = still_picture(self.still, shapes, room.width, room.height)
        self.query_one("#still-dots", Static).update(dots_text(picture))
