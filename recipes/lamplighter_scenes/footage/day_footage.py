"""What stands for the hours of a day, of cameras that nothing was trained on.

An hour is shown as a clip of it. In Braunschweig most are the shipped clips; the small hours, at
3 % of the measured demand, when in most seconds nothing moves, and what else is missing are made by
command. Nights are longer than the others, for there is little to be seen in them.
"""

from lamplighter_scenes.cities import BRAUNSCHWEIG, INGOLSTADT, REAL_NIGHT
from lamplighter_scenes.clips import Phase

SET = "day"
_NIGHT_S, _CLIP_S = 180.0, 45.0

DAY_PHASES: dict[str, tuple[Phase, ...]] = {
    BRAUNSCHWEIG: (
        Phase("small-hours", REAL_NIGHT, 1200.0, _NIGHT_S, "night", "dry", 81),
        Phase("free-day", "day", 3330.0, _CLIP_S, "day", "dry", 83),
    ),
    INGOLSTADT: (
        Phase("small-hours", REAL_NIGHT, 1200.0, _NIGHT_S, "night", "dry", 91),
        Phase("free-day", "day", 800.0, _CLIP_S, "day", "dry", 93),
        Phase("rush", "rush", 500.0, _CLIP_S, "day", "dry", 95),
        Phase("evening", "night", 900.0, _CLIP_S, "night", "dry", 92),
        Phase("rain", "day", 900.0, _CLIP_S, "day", "rain", 94),
    ),
}

_NIGHT = ("small-hours",) * 5
# What each hour of the day shows in a city, from midnight on.
HOURS: dict[str, tuple[str, ...]] = {
    BRAUNSCHWEIG: (
        *_NIGHT,
        "night",
        "free-day",
        *("morning-rush",) * 2,
        *("free-day",) * 3,
        *("midday-rain",) * 3,
        "free-day",
        *("evening-rush",) * 3,
        *("free-day",) * 2,
        *("late-night",) * 2,
        "small-hours",
    ),
    INGOLSTADT: (
        *_NIGHT,
        "evening",
        "free-day",
        *("rush",) * 2,
        *("free-day",) * 3,
        *("rain",) * 3,
        "free-day",
        *("rush",) * 3,
        *("free-day",) * 2,
        *("evening",) * 2,
        "small-hours",
    ),
}
