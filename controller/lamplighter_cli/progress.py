"""How long work shows that it goes on."""

import logging
import time
from collections.abc import Callable

import typer

AGAIN_S = 10.0  # a stage that goes on is told of so often
FORETOLD_FROM = 0.05  # of the whole; from less nothing can be told


def report(text: str) -> None:
    """A line beside the output."""
    typer.echo(text, err=True)


def print_progress(share: float, stage: str) -> None:
    """How much of a build is done, and what it does."""
    typer.echo(f"{share:4.0%} {stage}", err=True)


class PartsProgress:
    """How much of several parts is done, and how long the rest takes, if parts take alike."""

    def __init__(
        self,
        parts: int,
        say: Callable[[str], None] = report,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts, self._say, self._clock = parts, say, clock
        self._done, self._stage = 0, ""
        self._began_at = self._told_at = clock()

    def part_done(self) -> None:
        """The next one begins."""
        self._done += 1

    def within(self, name: str, begin: float, end: float) -> Callable[[float, str], None]:
        """Takes how much is done of a piece of the part under way, and what it does.

        Args:
            name: of the part.
            begin: share of the part at which the piece begins.
            end: at which it ends.
        """
        return lambda share, stage: self._tell(
            (self._done + begin + (end - begin) * share) / self._parts, f"{name}: {stage}"
        )

    def _tell(self, share: float, stage: str) -> None:
        now = self._clock()
        if stage == self._stage and now - self._told_at < AGAIN_S:
            return
        self._stage, self._told_at = stage, now
        left = left_words(now - self._began_at, share)
        self._say(f"{share:4.0%} {stage}" + (f", {left}" if left else ""))


def left_words(elapsed_s: float, share: float) -> str:
    """How long it still takes, if it goes on as it went; empty where that cannot be told."""
    if not FORETOLD_FROM <= share < 1.0:
        return ""
    left_s = elapsed_s * (1.0 - share) / share
    if left_s < 90.0:
        return f"about {max(1, round(left_s / 5.0)) * 5} s left"
    if left_s < 5400.0:
        return f"about {left_s / 60.0:.0f} min left"
    return f"about {left_s / 3600.0:.1f} h left"


def log_progress() -> None:
    """Show what the work logs."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
