"""Parents that were made for single sites, and what making one costs."""

from lamplighter_client.documents.base import Document


class SiteGain(Document, frozen=True, kw_only=True):
    """The task's metric before and after; the difference lies between `low` and `high` (95 %)."""

    before: float = 0.0
    after: float = 0.0
    low: float = 0.0
    high: float = 0.0


class SiteEstimate(Document, frozen=True, kw_only=True):
    """What a parent for a site would cost, in seconds of one core, and gain: estimates."""

    site: str = ""
    pictures: int = 0
    seconds: float = 0.0
    gain_points: float | None = None  # None: nothing was specialised here yet
    basis: str = ""


class SiteParent(Document, frozen=True, kw_only=True):
    """A site's own parent: work under way, what came of it, what is offered."""

    site: str = ""
    parent: str = ""  # offered to the site's devices; empty: none
    version: str = ""
    base: str = ""
    teacher: str = ""
    state: str = ""  # JobState
    progress: float = 0.0  # 0 to 1
    stage: str = ""
    kept: bool = False  # what came of the last work
    reasons: list[str] = []
    pictures: int = 0
    held_out: int = 0
    labelled: int = 0
    agreement: SiteGain = SiteGain()  # with the teacher, on held-out pictures
    labels: SiteGain | None = None
    elsewhere: SiteGain = SiteGain()  # on the city's pictures
    measured_by: str = ""
    seconds: float = 0.0

    @property
    def is_running(self) -> bool:
        """Whether work is under way."""
        return self.state == "running"
