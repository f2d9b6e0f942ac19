"""The headless progress log: what happens, as it happens, with seconds since the start."""

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import event_text, is_news, subject


class Progress:
    """Prints one line per event; safe from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._started = time.monotonic()
        self._last_event = 0
        self._lock = threading.Lock()
        self.beside: Callable[[str], None] | None = None
        """Told instead, while something else has the screen."""

    def notify(self, text: str) -> None:
        """Print one line."""
        if self.beside is not None:
            self.beside(text)
            return
        seconds = time.monotonic() - self._started
        with self._lock:
            self._stream.write(f"{seconds:7.1f} s  {text}\n")
            self._stream.flush()

    def events(self, api: Client) -> None:
        """Print what the controller has learnt since the last call; a busy one is asked again."""
        try:
            events = api.send(endpoints.events(self._last_event))
        except ClientError:
            return
        for event in events:
            self._last_event = max(self._last_event, event.id)
            if is_news(event):
                self.notify(f"{subject(event)}: {event_text(event)}")


def quarters(notify: Callable[[str], None], what: str) -> Callable[[int, int], None]:
    """Tells of work, given how much of all is done, with each quarter that it passes."""
    told = 0

    def tell(done: int, of: int) -> None:
        nonlocal told
        quarter = 4 * done // max(of, 1)
        if told < quarter < 4:
            told = quarter
            notify(f"{what}: {done} of {of} pictures seen")

    return tell
