"""What has begun to need attention, and what needs it no longer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lamplighter_controller.domain.attention.health import Notice

Key = tuple[str, str]
"""Device, kind of the notice."""
# A notice that comes and goes within a look is no news.
PATIENCE = 2


@dataclass(frozen=True)
class Changes:
    """Between two looks."""

    begun: Mapping[Key, Notice]
    ended: Sequence[Key]


class AttentionChanges:
    """Follows the notices of all devices from look to look.

    Args:
        told: notices that are known to have begun, from before.
    """

    def __init__(self, told: Sequence[Key]) -> None:
        self._told = set(told)
        self._seen: dict[Key, int] = {}  # looks in a row that differ from what was told

    def look(self, notices: Mapping[Key, Notice]) -> Changes:
        """What is news by now: it has been so for some looks in a row."""
        differ = set(notices) ^ self._told
        self._seen = {key: self._seen.get(key, 0) + 1 for key in differ}
        news = [key for key, looks in self._seen.items() if looks >= PATIENCE]
        begun = {key: notices[key] for key in sorted(news) if key in notices}
        ended = [key for key in sorted(news) if key not in notices]
        self._told = (self._told | set(begun)) - set(ended)
        self._seen = {key: looks for key, looks in self._seen.items() if looks < PATIENCE}
        return Changes(begun, ended)
