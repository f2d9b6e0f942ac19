"""All points of the catalogue as they would be on a device, and the recipes behind them."""

from typing import Any

from lamplighter_wire.messages import Limits, OperatingPoint, Prediction

from lamplighter_client.documents.base import Document


class FrontPoint(Document, frozen=True, kw_only=True):
    """A variant at a size.

    `predicted` None: it may not run there; else `rejected_because` says why it need not.
    """

    variant: str = ""
    recipe: str = ""
    model: str = ""
    precision: str = ""
    size: str = ""  # "384x288"
    built: bool = False
    is_held: bool = False  # nothing has to be sent
    is_serving: bool = False
    wire_bytes: int = 0  # of all of it, as it would travel to a device that holds nothing
    build_seconds: float = 0.0  # 0: never built
    fps_limit: float = 0.0  # the highest frame rate at which latency and power hold
    broken: dict[str, float] = {}  # limit -> share over it, at the demanded frame rate
    predicted: Prediction | None = None
    rejected_because: str = ""


class Front(Document, frozen=True, kw_only=True):
    """The points of a device in a regime."""

    device: str = ""
    hardware: str = ""  # class of devices that are alike
    processor: str = ""  # in its own words
    site: str = ""
    regime: str = ""
    regimes: list[str] = []  # all that there are
    fps_demand: float = 0.0
    limits: Limits = Limits()
    serving: OperatingPoint | None = None
    points: list[FrontPoint] = []


class RecipeStep(Document, frozen=True, kw_only=True):
    """One technique with its parameters."""

    technique: str = ""
    params: dict[str, Any] = {}


class RecipeFacts(Document, frozen=True, kw_only=True):
    """How a variant is made: what it begins with, training, and what is done in seconds."""

    name: str = ""
    title: str = ""
    summary: str = ""
    parent: str = ""
    runtime: str = ""
    precision: str = ""
    saves: list[str] = []
    hardware: str = ""
    prepare: list[RecipeStep] = []
    specialise: list[RecipeStep] = []
