"""The keys at the bottom: those that fit, and always those that lead on."""

from collections.abc import Iterable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

AROUND_CELLS = 3  # blanks around a key and behind its name
LEADING = ("back", "prompt('/')", "prompt(':')", "keys", "quit")
"""Actions that each screen has: whoever sees them finds the others."""


class KeyBar(Footer):
    """Where a line is too short for all keys of a screen, its last ones are in the help only."""

    def compose(self) -> ComposeResult:
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        shown = fitting(
            [(key.action, len(key.key_display) + len(key.description)) for key in keys],
            self.app.size.width,
        )
        yield from (keys[index] for index in shown)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self.recompose)


def fitting(keys: Sequence[tuple[str, int]], width: int) -> list[int]:
    """Which of them fit into so many cells. `keys`: actions, each with its letters."""
    kept = list(range(len(keys)))
    for index in reversed(range(len(keys))):
        if _width(keys[i][1] for i in kept) <= width:
            break
        if keys[index][0] not in LEADING:
            kept.remove(index)
    return kept


def _width(letters: Iterable[int]) -> int:
    return sum(count + AROUND_CELLS for count in letters)
