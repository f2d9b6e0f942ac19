"""What somebody who watches the day is told: the clock of the street, what happens, what to see."""

import time
from collections.abc import Callable
from threading import Lock

from lamplighter_demo.city.footage import WARM_UP, Timeline

# When the phases are on the clock of the street, and where to look meanwhile.
CLOCKS_S = {
    WARM_UP: 3 * 3600.0,
    "night": 4 * 3600.0,
    "morning-rush": 8 * 3600.0,
    "midday-rain": 12.5 * 3600.0,
    "evening-rush": 17.5 * 3600.0,
    "late-night": 23.25 * 3600.0,
}
SIGHTS = {
    WARM_UP: "devices measure themselves and fetch their first variant: see the column update."
    " Meanwhile cam-weak loses its power, and box-1 a part of its processor",
    "night": "few cars: few frames are asked for (column fps of). Enter opens a device, Tab says"
    " why it serves what it serves",
    "morning-rush": "the street fills within seconds (column street): devices answer from what they"
    " hold, or are built something else. Key 2 shows the events",
    "midday-rain": "rain: another regime, in which other variants are the best; what is built anew"
    " comes in parts that the device lacks",
    "evening-rush": "the rush again: what was built at noon and in the morning is there already, so"
    " answers come sooner",
    "late-night": "the street empties, and with it demand and energy. Then all is measured and"
    " compared with fixed choices; the report follows",
}
# How long something that was done to a device stays in the line.
TOLD_S = 25.0


class Story:
    """Told by the thread that lets the day pass, read by the screen.

    Args:
        line: the day's phases, once they are known.
        clock: wall time in seconds.
    """

    def __init__(
        self, line: Callable[[], Timeline | None], clock: Callable[[], float] = time.time
    ) -> None:
        self._line, self._clock = line, clock
        self._lock = Lock()
        self._note, self._noted_at = "", 0.0

    def note(self, text: str) -> None:
        """Something was done to a device, or happened."""
        if not text.startswith("the street: "):  # which the line says already
            with self._lock:
                self._note, self._noted_at = text, self._clock()

    def told(self) -> str:
        """One or two lines."""
        now, line = self._clock(), self._line()
        with self._lock:
            note = self._note if now - self._noted_at < TOLD_S else ""
        if line is None:
            return note
        first = f"{_where(line, now)}  q ends it, with a report of what there is"
        return f"{first}\n{note or 'Watch: ' + SIGHTS.get(line.phase_at(now), '')}"


def _where(line: Timeline, now: float) -> str:
    """Which phase it is, by the clock of the street, and what is left."""
    name = line.phase_at(now)
    number = next((n for n, one in enumerate(line.stretches, 1) if one.phase.name == name), 0)
    start = line.stretches[number - 1].start if number else line.start_at
    at = time.strftime("%H:%M:%S", time.gmtime(CLOCKS_S.get(name, 0.0) + max(0.0, now - start)))
    place = f"phase {number} of {len(line.stretches)}" if number else "before the day"
    left_s = max(0.0, line.end - now)
    left = f"{left_s / 60:.0f} min" if left_s >= 120 else f"{left_s:.0f} s"
    return f"A city's day: {name.replace('-', ' ')}, {at} on the street ({place}), {left} left."
