"""The fleet in one line: health first, in signs that are read without colour."""

from collections.abc import Mapping

from lamplighter_client.streaming.fleet_sums import FleetSums
from lamplighter_wire.words.accuracy import accuracy_words
from rich.text import Text

from lamplighter_dashboard.words.health import BROKEN, DOUBTFUL, KNOWN, NEVER, WELL, HealthWord
from lamplighter_dashboard.words.named_variants import marked

BAR_CELLS = 24
NARROW = 100


def summary_text(found: FleetSums, width: int, tones: Mapping[str, str]) -> Text:
    """`tones`: tone -> colour."""
    counts = ((BROKEN, found.errors), (DOUBTFUL, found.warnings), (WELL, found.well))
    text = Text(no_wrap=True, overflow="ellipsis")
    if width >= NARROW:
        _bar(text, counts, found.devices, tones)
    for word, number in counts:
        text.append(f"{word.sign} {number}", tones[word.tone] if number else tones["dim"])
        text.append(f" {word.word}  " if width >= NARROW else "  ", tones["dim"])
    text.append(f"{found.online:,}/{found.devices:,} online".replace(",", " "))
    parts = [
        f"{found.under_way} under way" if found.under_way else "",
        f"{NEVER.sign} {found.never} never seen" if found.never else "",
        f"{KNOWN.sign} {found.marked} {KNOWN.word}" if found.marked else "",
        f"{found.fps_served:.0f}/{found.fps_demand:.0f} fps",
        f"{found.power_w:.0f} W" if found.power_w else "",
        _accuracy(found, width) if found.ap50 else "",
    ]
    for part in filter(None, parts):
        text.append("   ")
        text.append(part)
    return text


def _accuracy(found: FleetSums, width: int) -> str:
    if width < NARROW:
        return f"AP50 {marked(found.ap50, found.measured_on)}"
    return accuracy_words(found.ap50, measured_on=found.measured_on)


def _bar(
    text: Text,
    counts: tuple[tuple[HealthWord, int], ...],
    devices: int,
    tones: Mapping[str, str],
) -> None:
    """How large each share is; whatever there is of one has a cell at least."""
    for (word, number), block in zip(counts, "█▓░", strict=True):
        if number:
            cells = max(1, round(BAR_CELLS * number / devices))
            text.append(block * cells, tones[word.tone])
    if devices:
        text.append("  ")
