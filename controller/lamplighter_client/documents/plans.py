"""Decisions, and the answers to shifts and breaches."""

from lamplighter_wire.messages import Limits, OperatingPoint, Prediction, Rung
from msgspec import UNSET, UnsetType

from lamplighter_client.documents.base import Document


class Choice(Document, frozen=True, kw_only=True):
    """An operating point with its recipe, and what is predicted of it at the frame rate `fps`."""

    variant: str = ""
    recipe: str = ""
    precision: str = ""
    size_bytes: int = 0
    point: OperatingPoint = OperatingPoint()
    predicted: Prediction | None = None  # None: renewed as it was, not planned anew
    fps: float = 0.0


class Alternative(Document, frozen=True, kw_only=True):
    """A point that was considered and not chosen; `predicted` None: it may not run there at all."""

    variant: str = ""
    size: str = ""  # "384x288"
    predicted: Prediction | None = None
    rejected_because: str = ""


class SwitchVerdict(Document, frozen=True, kw_only=True):
    """What the switch rule says; `gain` in `unit`."""

    switch: bool = False
    why: str = ""  # first | mend | accuracy | energy
    gain: float = 0.0
    unit: str = ""


class Answer(Document, frozen=True, kw_only=True):
    """How a trigger is answered, and why."""

    kind: str = ""  # AnswerKind
    reasons: list[str] = []
    verdict: SwitchVerdict = SwitchVerdict()


class Plan(Document, frozen=True, kw_only=True):
    """Chosen operating point, resident ladder, reasons and the nearest alternatives."""

    regime: str = ""
    fps_demand: float = 0.0
    limits: Limits = Limits()
    primary: Choice | None = None  # None: nothing may be served; `reasons` say what is missing
    interim: Choice | None = None  # served while `build` runs
    ladder: list[Rung] = []
    reasons: list[str] = []
    build: list[str] = []
    degraded: bool = False  # the demand cannot be met
    alternatives: list[Alternative] = []
    answer: Answer | UnsetType = UNSET  # unset: nothing may be served
    traceparent: str | UnsetType = UNSET  # of plans that were deployed


class PlanAnswer(Plan, frozen=True, kw_only=True):
    """A plan made on demand, whether it is sent to the device, and what was done, or would be.

    `follows`: nothing; build: what `build` names is made, and nothing is sent before; hold: what is
    sent (while something is built: `interim`) is kept back for the reason `held`; send; later: an
    update is under way, and there can be no other before its end.
    """

    deploy: bool = False
    kind: str = ""  # AnswerKind
    follows: str = ""  # nothing | build | hold | send | later
    held: str = ""  # empty though it is held: what travels is being made
    until: float = 0.0  # wall time at which it is looked at again; 0: not known


class PlanEntry(Document, frozen=True, kw_only=True):
    """One decision of the past."""

    id: int = 0
    device: str = ""
    at: float = 0.0
    cause: str = ""
    variant: str = ""
    regime: str = ""
    document: Plan = Plan()


class Clocks(Document, frozen=True, kw_only=True, omit_defaults=True):
    """Seconds from the change to each step of its answer; None where a step is not reached."""

    detected: float | None = None
    built: float | None = None
    delivered: float | None = None
    serving: float | None = None
    committed: float | None = None


class Recompression(Document, frozen=True, kw_only=True):
    """One answer to a shift or breach.

    `from_point` served when the answer began, `to_point` was ordered or stepped to; `fps_demand`
    is the frame rate that the change asked for; the clocks count from `began_at`.
    """

    id: int = 0
    device: str = ""
    at: float = 0.0
    trigger: str = ""  # TriggerKind
    revision: int = 0
    from_variant: str = ""
    to_variant: str = ""
    from_point: OperatingPoint | None = None
    to_point: OperatingPoint | None = None
    fps_demand: float = 0.0
    kind: str = ""  # AnswerKind; empty: not answered yet
    bytes_sent: int = 0
    size_bytes: int = 0
    justified: bool | None = None  # None: not judged by measured figures
    replayed_gain: float | None = None
    outcome: str = ""  # Outcome
    reasons: list[str] = []
    began_at: float = 0.0
    seconds: Clocks = Clocks()


class ExplanationLink(Document, frozen=True, kw_only=True):
    """One link of the chain. The text of one that is not known says why."""

    name: str = ""
    text: str = ""
    is_known: bool = True
    at: float = 0.0  # 0: of no moment


class Explanation(Document, frozen=True, kw_only=True):
    """The chain from what a device measured to what it serves, at a wall time."""

    device: str = ""
    at: float = 0.0
    variant: str = ""  # of the order that it had committed to; empty: none
    links: list[ExplanationLink] = []
