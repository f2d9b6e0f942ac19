"""Ask what may hang, such as a driver, and wait for no longer than is worth it."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
# A sensor that answers later than this says nothing at the start.
PATIENCE_S = 5.0


def answered(
    ask: Callable[[], Answer], otherwise: Answer, what: str, within_s: float = PATIENCE_S
) -> Answer:
    """What `ask` gives or raises; `otherwise` where it has not answered by then."""
    answers: queue.Queue[tuple[Answer | None, Exception | None]] = queue.Queue(1)

    def work() -> None:
        try:
            answers.put((ask(), None))
        except Exception as error:  # noqa: BLE001 - raised where it was asked
            answers.put((None, error))

    threading.Thread(target=work, name=what, daemon=True).start()
    try:
        answer, error = answers.get(timeout=within_s)
    except queue.Empty:
        log.warning("%s: no answer within %.0f s", what, within_s)
        return otherwise
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]
