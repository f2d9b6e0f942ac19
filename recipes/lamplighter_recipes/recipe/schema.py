"""What a recipe is. No torch here: the controller reads recipes without being able to run them."""

from typing import Any, Literal

import msgspec
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.sizes import DEFAULT_SIZES

DEFAULT_FAMILY = "nanodet"
Stage = Literal["prepare", "specialise"]

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One technique with its parameters."""

    technique: str
    params: dict[str, Any] = {}


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ordered techniques in two stages; `prepare` is training, `specialise` takes seconds.

    `parent` names weights of the `family`, or a finished graph of its task; `model` is the name of
    the network in lists.

    `precision` follows from the steps; the loader sets it.
    """

    name: str
    title: str = ""
    summary: str = ""
    family: str = DEFAULT_FAMILY
    model: str = DEFAULT_FAMILY
    parent: str
    runtime: str = "onnxruntime"
    precision: Precision = Precision.FP32
    sizes: list[str] = msgspec.field(default_factory=lambda: list(DEFAULT_SIZES))
    needs: list[str] = []
    saves: list[str] = []
    hardware: str = ""
    prepare: list[Step] = []
    specialise: list[Step] = []

    @property
    def calibration(self) -> str:
        """The regime whose frames set the activation ranges; empty: all of them."""
        values = [step.params.get("calibration", "") for step in self.specialise]
        return str(next((value for value in values if value), ""))
