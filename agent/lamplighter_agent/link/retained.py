"""The newest message of each retained channel, and which of them the broker does not have yet."""

import threading


class RetainedMessages:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._messages: dict[str, bytes] = {}
        self._unsent: set[str] = set()
        self._lock = threading.Lock()

    def put(self, channel: str, data: bytes) -> None:
        """Replace what was there."""
        with self._lock:
            self._messages[channel] = data
            self._unsent.add(channel)

    def take_unsent(self) -> dict[str, bytes]:
        """Channel and message of all that is to be sent; it counts as sent from now on."""
        with self._lock:
            unsent = {channel: self._messages[channel] for channel in self._unsent}
            self._unsent.clear()
        return unsent

    def send_again(self, channels: list[str] | None = None) -> None:
        """Sending these failed; without any named, the broker may have lost all."""
        with self._lock:
            self._unsent.update(self._messages if channels is None else channels)
