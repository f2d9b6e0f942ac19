"""How much of its log a device gives, and how often. Both sides keep to it."""

from typing import Literal

# From asking to having.
ANSWER_WITHIN_S = 10.0
# Between two answers of a device.
LEAST_APART_S = 2.0
MOST_AN_HOUR = 120
MOST_LINES = 200
MOST_TEXT = 1000  # characters of a line
# All texts of an answer, in UTF-8.
MOST_TEXT_BYTES = 64 * 1024
LogLevel = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: tuple[LogLevel, ...] = ("debug", "info", "warning", "error", "critical")
