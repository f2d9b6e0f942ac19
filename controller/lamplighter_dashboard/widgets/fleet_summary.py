"""The fleet in one line: health first, in signs that are read without colour."""

from collections.abc import Mapping, Sequence

from lamplighter_client.streaming.fleet_sums import FleetSums
from lamplighter_wire.words.accuracy import accuracy_words
from rich.text import Text

from lamplighter_dashboard.words.health import (
    AWAY,
    BROKEN,
    DOUBTFUL,
    KNOWN,
    NEVER,
    WELL,
    HealthWord,
)
from lamplighter_dashboard.words.named_variants import marked

BAR_CELLS, SHORT_BAR_CELLS = 24, 12
NARROW, BROAD = 100, 150
ALWAYS = (BROKEN, DOUBTFUL, WELL)

Counts = Sequence[tuple[HealthWord, int]]


def counts_of(found: FleetSums) -> Counts:
    """Devices by what their rows say, worst first; what is rare is left out where there is none."""
    counts = (
        (BROKEN, found.errors),
        (AWAY, found.offline),
        (DOUBTFUL, found.warnings),
        (NEVER, found.never),
        (KNOWN, found.marked),
        (WELL, found.well),
    )
    return [(word, number) for word, number in counts if number or word in ALWAYS]


def summary_text(found: FleetSums, width: int, tones: Mapping[str, str]) -> Text:
    """`tones`: tone -> colour."""
    counts = counts_of(found)
    text = Text(no_wrap=True, overflow="ellipsis")
    if width >= NARROW:
        _bar(text, found, BAR_CELLS if width >= BROAD else SHORT_BAR_CELLS, tones)
    for word, number in counts:
        text.append(f"{word.sign} {number}", tones[word.tone] if number else tones["dim"])
        is_named = width >= BROAD or (number and width >= NARROW)
        text.append(f" {word.word}  " if is_named else "  ", tones["dim"])
    text.append(f"{found.online:,}/{found.devices:,} online".replace(",", " "))
    parts = [
        f"{found.under_way} under way" if found.under_way else "",
        f"{found.fps_served:.0f}/{found.fps_demand:.0f} fps",
        f"{found.power_w:.0f} W" if found.power_w else "",
        _accuracy(found, width) if found.ap50 else "",
    ]
    for part in filter(None, parts):
        text.append("   ")
        text.append(part)
    return text


def _accuracy(found: FleetSums, width: int) -> str:
    if width < BROAD:
        return f"AP50 {marked(found.ap50, found.measured_on)}"
    return accuracy_words(found.ap50, measured_on=found.measured_on)


def _bar(text: Text, found: FleetSums, room: int, tones: Mapping[str, str]) -> None:
    """How large each share is, in `room` cells; whatever there is of one has a cell at least."""
    shares = (
        (BROKEN, "█", found.errors + found.offline),
        (DOUBTFUL, "▓", found.warnings + found.never),
        (WELL, "░", found.well),
    )
    for word, block, number in shares:
        if number:
            cells = max(1, round(room * number / found.devices))
            text.append(block * cells, tones[word.tone])
    if found.devices:
        text.append("  ")
