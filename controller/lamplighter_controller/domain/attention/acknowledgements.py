"""Acknowledgements whose notice has gone. Pure."""

from collections.abc import Collection, Iterable

from lamplighter_controller.domain.attention.changes import PATIENCE, Key
from lamplighter_controller.domain.attention.marks import Mark


class Acknowledgements:
    """Follows acknowledged notices from look to look: what is away for some looks has gone."""

    def __init__(self) -> None:
        self._away: dict[int, int] = {}  # number of the mark -> looks in a row

    def look(self, marks: Iterable[Mark], notices: Collection[Key]) -> list[Mark]:
        """Those of the marks that have nothing to be on any more."""
        away = [mark for mark in marks if (mark.device, mark.notice) not in notices]
        self._away = {mark.number: self._away.get(mark.number, 0) + 1 for mark in away}
        return [mark for mark in away if self._away[mark.number] >= PATIENCE]
