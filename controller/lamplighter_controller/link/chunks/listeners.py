"""How many devices hear what is published of an artifact."""

# Who has not asked for this long has all of it, or is gone.
LISTENS_S = 30.0


class Listeners:
    """Of values only; times are monotonic seconds."""

    def __init__(self) -> None:
        self._asked_at: dict[str, dict[str, float]] = {}  # by artifact, then device

    def note(self, artifact: str, device: str, now: float) -> None:
        """A device has asked for chunks of an artifact."""
        self._asked_at.setdefault(artifact, {})[device] = now

    def count(self, artifact: str, now: float) -> int:
        """Of those that have asked lately; one at least."""
        asked = self._asked_at.get(artifact, {})
        lately = {device: at for device, at in asked.items() if at >= now - LISTENS_S}
        self._asked_at[artifact] = lately
        if not lately:
            del self._asked_at[artifact]
        return max(1, len(lately))

    def forget(self, device: str) -> None:
        """It is gone."""
        for asked in self._asked_at.values():
            asked.pop(device, None)
