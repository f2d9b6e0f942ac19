"""What can be served, and the work that makes it."""

import msgspec
from lamplighter_wire.enums import JobState

from lamplighter_client.documents.base import Document


class Variant(Document, frozen=True, kw_only=True):
    """A variant, built or only described; tables are keyed by resolution ("384x288")."""

    id: str = ""
    model: str = ""
    recipe: str = ""
    task: str = ""
    precision: str = ""
    size_bytes: int = 0
    memory_bytes: int = 0
    mmac: dict[str, float] = {}
    depthwise_mmac: dict[str, float] = {}
    bytes_moved: dict[str, int] = {}
    extra_work: dict[str, float] = {}
    expected_ap50: dict[str, dict[str, float]] = {}  # resolution -> regime -> AP50
    measured_on: str = ""  # renders | pictures; empty: not known
    ap50_interval: dict[str, dict[str, tuple[float, float]]] = {}
    class_map50: dict[str, dict[str, float]] = {}  # the same with classes told apart
    site_ap50: dict[str, dict[str, dict[str, float]]] = {}  # site -> AP50 on its own pictures
    street_ap50: dict[str, dict[str, float]] = {}  # unseen street -> resolution -> mean AP50
    thresholds: dict[str, float] = {}
    needs: list[str] = []
    runtime: str = ""
    built: bool = False
    manifest: str = ""  # SHA-256 of the signed manifest; empty until built
    calibration: str = ""
    site: str = ""  # only devices of this site are offered it; empty: all
    parent: str = ""
    hardware: str = msgspec.field(default="", name="isa_note")
    build_seconds: float = 0.0


class Model(Document, frozen=True, kw_only=True):
    """A network with the recipes and variants made of it."""

    id: str = ""
    recipes: list[str] = []
    variants: list[str] = []


class Job(Document, frozen=True, kw_only=True):
    """A piece of work of the workshop."""

    id: str = ""
    kind: str = ""  # JobKind
    subject: str = ""
    state: str = ""  # JobState
    progress: float = 0.0  # 0 to 1
    stage: str = ""
    error: str = ""
    created_at: float = 0.0
    finished_at: float | None = None

    @property
    def is_running(self) -> bool:
        return self.state == JobState.RUNNING
