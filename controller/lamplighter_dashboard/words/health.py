"""How a device is, in one sign and a word: shapes differ, so that no colour is needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from lamplighter_client.documents import FleetRow
from lamplighter_client.streaming.fleet_health import Health, health_of
from lamplighter_wire.words.outcomes import because


@dataclass(frozen=True, slots=True)
class HealthWord:
    """`tone` is the name of a style: error, warning, well, busy or dim."""

    sign: str
    word: str
    tone: str


BROKEN = HealthWord("✖", "broken", "error")
AWAY = HealthWord("○", "offline", "error")
NEVER = HealthWord("·", "never seen", "warning")
DOUBTFUL = HealthWord("▲", "look at it", "warning")
KNOWN = HealthWord("◌", "known", "dim")
WELL = HealthWord("●", "well", "well")
WORDS: Mapping[Health, HealthWord] = {
    Health.BROKEN: BROKEN,
    Health.OFFLINE: AWAY,
    Health.DOUBTFUL: DOUBTFUL,
    Health.NEVER: NEVER,
    Health.KNOWN: KNOWN,
    Health.WELL: WELL,
}
LEGEND = tuple(WORDS.values())

# Phases of the deployment machine in an operator's words.
UNDER_WAY = {
    "FETCHING": "fetching",
    "VERIFYING": "verifying",
    "STAGED": "on trial",
    "PROBATION": "probation",
    "ROLLING_BACK": "rolling back",
}
OUTCOMES = {
    "committed": ("committed", "well"),
    "rejected": ("refused", "warning"),
    "rolled_back": ("rolled back", "warning"),
    "failed": ("failed", "error"),
}


def health(row: FleetRow) -> HealthWord:
    """Of one device."""
    return WORDS[health_of(row)]


def update(row: FleetRow) -> tuple[str, str]:
    """What became of the newest deployment, and its tone."""
    if row.phase in UNDER_WAY and not row.outcome:
        word = UNDER_WAY[row.phase]
        shown = f"{word} {100 * row.fetched:.0f} %" if row.phase == "FETCHING" else word
        return shown, "busy"
    word, tone = OUTCOMES.get(row.outcome, ("waiting" if not row.revision else "sent", "dim"))
    return (f"{word}{because(row.reason)}", tone)
