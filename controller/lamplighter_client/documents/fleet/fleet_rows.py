"""The fleet as a table: a row for each device, in few bytes, and what changes of them."""

from lamplighter_wire.enums import Severity

from lamplighter_client.documents.base import Document


class FleetRow(Document, frozen=True, kw_only=True, omit_defaults=True):
    """What a table shows of one device. What has its default is left out on the wire.

    Figures are those of the newest window; of a device that is away they are of when it was heard
    last, see `window_at`.
    """

    id: str = ""
    site: str = ""
    labels: dict[str, str] = {}
    groups: list[str] = []  # that it is in now, by name
    state: str = ""  # online | offline | never (enrolled, but never online)
    severity: Severity = Severity.INFO  # of the worst that is wrong with it; info: nothing is
    notice: str = ""  # kind of that, for filters; empty: nothing
    notice_text: str = ""
    notices: int = 0  # how many things are wrong
    marked: int = 0  # how many more that somebody has acknowledged or muted
    last_seen: float = 0.0
    window_at: float = 0.0  # when the newest window came, by the controller's clock; 0: none yet
    window_s: float = 0.0  # how long a window of its is
    hardware: str = ""  # class of devices with the same processor
    processor: str = ""  # in its own words
    certificate_ends_at: float = 0.0  # 0: not told
    machine: str = ""
    agent: str = ""  # version
    cameras: int = 0
    variant: str = ""  # that it serves; empty: none
    model: str = ""
    model_version: str = ""
    recipe: str = ""
    width: int = 0  # of the point that it serves
    height: int = 0
    expected_ap50: float = 0.0  # of that point in the regime it sees; 0: not known
    measured_on: str = ""  # renders | pictures; empty: not known
    ap50_basis: str = ""  # what it rests on where the device stands; empty: as it was measured
    ap50_low: float = 0.0  # least and most that it may be; 0: not told
    ap50_high: float = 0.0
    regime: str = ""
    fps_demand: float = 0.0
    fps_served: float = 0.0
    latency_p95_ms: float = 0.0
    latency_limit_ms: float = 0.0  # 0: none
    energy_mj_per_frame: float = 0.0
    energy_source: str = ""
    power_w: float = 0.0
    power_limit_w: float = 0.0  # 0: none
    temperature_c: float | None = None
    counts: int = 0  # crossings in the newest window, of all lines and classes
    phase: str = ""  # of the newest deployment, as the device reports it
    outcome: str = ""  # of it; empty: under way, or none yet
    reason: str = ""  # ReasonCode
    fetched: float = 0.0  # 0 to 1, of what it fetches
    revision: int = 0
    by_hand: list[str] = []  # hold | pin | avoid


class FleetPage(Document, frozen=True, kw_only=True):
    """A part of the table, and from where on the stream of changes continues it."""

    rows: list[FleetRow] = []
    matched: int = 0  # rows that the query leaves, on all pages
    devices: int = 0  # all within reach
    at: float = 0.0  # the controller's wall clock
    cursor: str = ""  # for the stream of changes: what changed since then
    after: str = ""  # for the next page; empty: this is the last


class FleetChanges(Document, frozen=True, kw_only=True):
    """What the stream tells at once: rows that are new or differ, and devices that left."""

    rows: list[FleetRow] = []
    gone: list[str] = []
    at: float = 0.0  # the controller's wall clock
    reset: bool = False  # the cursor is not known any more: read the table again
