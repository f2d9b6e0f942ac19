"""The thresholds that decide: what operators have changed, and what holds for whom."""

from lamplighter_client.documents.base import Document


class PolicyScope(Document, frozen=True, kw_only=True):
    """What operators have changed for the fleet, a label, a group or a device."""

    scope: str = ""  # fleet, label:NAME=VALUE, group:NAME or device:ID
    values: dict[str, float] = {}
    model: str = ""  # that alone is served: a variant, a model, or MODEL@VERSION; empty: any
    version: int = 0  # grows with every change; the ETag
    changed_at: float = 0.0


class PolicyThreshold(Document, frozen=True, kw_only=True):
    """One threshold, with its value for somebody and where that comes from."""

    name: str = ""
    value: float = 0.0
    source: str = ""  # default, settings, or a scope
    default: float = 0.0
    least: float = 0.0
    most: float = 0.0
    unit: str = ""
    by_device: bool = False  # whether the device decides by it, too
    about: str = ""  # what it trades
    text: str = ""  # of what is no number: its value
    choices: list[str] = []  # what the values 0, 1, ... are called; empty: they are numbers


class PlanChange(Document, frozen=True, kw_only=True):
    """A device that would serve another point: "variant@384x288", or with a bound on its frame rate
    "variant@384x288, at most 4 frames/s"; empty: nothing."""

    device: str = ""
    before: str = ""
    after: str = ""


class PolicyPreview(Document, frozen=True, kw_only=True):
    """What a change would lead to; of the devices `concerned`, the first ones are `examined`."""

    concerned: int = 0
    examined: int = 0
    changes: list[PlanChange] = []
