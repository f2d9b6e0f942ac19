"""A candidate that runs beside the incumbent on a frame that is served anyway.

On a busy street no gap between frames holds both: a pair there costs three runs and the next frame.
Beside a served frame it costs one.
"""

import threading

from lamplighter_wire.messages import Regime
from lamplighter_wire.tasks.task import Task

from lamplighter_agent.acceptance.sample import Sample
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.perception.frame_inference import FrameResult


class PairedRun:
    """A BesideRun of the serve loop. Who waits for it and the loop are different threads.

    Args:
        incumbent: nothing is measured beside anything else.
        begins: whether the candidate runs first; pairs take turns.
    """

    def __init__(self, candidate: Serving, incumbent: Serving, *, begins: bool) -> None:
        self._candidate, self._incumbent, self._begins = candidate, incumbent, begins
        self._ended = threading.Event()
        self._result: FrameResult | None = None  # of the candidate
        self._sample: Sample | None = None
        self._error: Exception | None = None

    # --- on the serve loop's thread

    def infer(self, frame: Frame, regime: Regime, serving: Serving) -> FrameResult:
        """What serves answers; the candidate runs before or after the incumbent.

        Raises:
            EngineError, SourceError: of what serves; what the candidate raises, who waits gets.
        """
        paired = serving is self._incumbent
        if paired and self._begins:
            self._run_candidate(frame, regime)
        result = serving.infer(frame, regime)
        if paired and not self._begins:
            self._run_candidate(frame, regime)
        if self._result is not None:
            self._sample = sample_of(serving.task, self._result, result)
        self._ended.set()
        return result

    def _run_candidate(self, frame: Frame, regime: Regime) -> None:
        try:
            self._result = self._candidate.infer(frame, regime)
        except Exception as error:  # noqa: BLE001 - whatever it does, the street is served
            self._error = error

    # --- for who waits

    def sample(self, timeout_s: float) -> Sample | None:
        """The pair; None when no frame came, or another point served it.

        Raises:
            Exception: as the candidate raised it on the frame, mostly EngineError or SourceError.
        """
        self._ended.wait(timeout_s)
        if self._error is not None:
            raise self._error
        return self._sample


def sample_of(task: Task, candidate: FrameResult, incumbent: FrameResult) -> Sample:
    """A candidate's and an incumbent's results on one frame, as a pair."""
    return Sample(
        candidate.latency_ms,
        incumbent.latency_ms,
        candidate.cpu_s,
        incumbent.cpu_s,
        task.agreement(candidate.answer, incumbent.answer),
    )
