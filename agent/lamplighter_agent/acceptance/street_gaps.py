"""Runs a candidate where the street can spare the time, and gives the street back when it is late.

Whoever holds the turn keeps frames from being served. So a candidate holds it only while it is
known to take less than a frame's time, and never for longer than that: then the street goes on, and
the candidate beside it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from lamplighter_agent.acceptance.engine_apart import EngineApart, LateError
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serving import Serving

Result = TypeVar("Result")
NEVER_ENDS_S = float("inf")


class StreetGaps:
    """The gaps between frames, for one candidate. `took_s`: its last run; for ever, until known."""

    def __init__(
        self,
        serve: InService,
        idle: IdleSlots,
        candidate: Serving,
        took_s: float = NEVER_ENDS_S,
    ) -> None:
        self._serve, self._idle, self._candidate = serve, idle, candidate
        self.took_s = took_s

    @property
    def spare_s(self) -> float:
        """What the street can wait for at most: a frame's time."""
        return NEVER_ENDS_S if self._serve.serving is None else self._serve.next_frame_s

    @property
    def fits(self) -> bool:
        """Whether the candidate may keep the street waiting."""
        return self.took_s <= self.spare_s

    def gap(self, needed_s: float = 0.0) -> AbstractContextManager[object]:
        """The gap after a frame; at once while nothing is served. No frame is served within."""
        return self._idle.use(needed_s) if self._serve.serving is not None else self._idle.turn

    def run(self, held: Callable[[], Result], beside: Callable[[], Result]) -> Result:
        """`held` where the candidate may keep the street waiting, `beside` where it may not.

        Raises:
            Exception: as they raise.
        """
        if self.fits:
            try:
                with self._patience():
                    return held()
            except LateError:
                self.took_s = NEVER_ENDS_S
        return beside()

    def _patience(self) -> AbstractContextManager[None]:
        engine, spare_s = self._candidate.engine, self.spare_s
        if isinstance(engine, EngineApart) and spare_s < NEVER_ENDS_S:
            return engine.patience(spare_s)
        return nullcontext()
