"""The headless progress log: what happens, as it happens, with seconds since the start."""

import sys
import threading
import time
from typing import TextIO

import httpx
from lamplighter_controller.dashboard.wording import said, speaker, worth_saying

from lamplighter_demo.api import Api


class Progress:
    """Prints one line per event; safe from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._started = time.monotonic()
        self._last_event = 0
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        with self._lock:
            self._stream.write(f"{seconds:7.1f} s  {text}\n")
            self._stream.flush()

    def events(self, api: Api) -> None:
        """Print what the controller has learnt since the last call; a busy one is asked again."""
        try:
            news = api.get("/events/log", after=self._last_event, limit=200)
        except httpx.HTTPError:
            return
        for event in news:
            self._last_event = max(self._last_event, int(event["id"]))
            if worth_saying(event):
                self.say(f"{speaker(event)}: {said(event)}")
