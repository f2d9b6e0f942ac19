"""What a recipe is. No torch here: the controller reads recipes without being able to run them."""

import re
from typing import Any, Literal

import msgspec

Stage = Literal["prepare", "specialise"]
Precision = Literal["fp32", "int8"]

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
SIZE_PATTERN = r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$"
# The coarsest stride of the detector: other sizes do not tile.
SIZE_MULTIPLE = 32
# width x height, 4:3 as the cameras are
DEFAULT_SIZES = ("256x192", "384x288", "512x384")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One technique with its parameters."""

    technique: str
    params: dict[str, Any] = {}


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ordered techniques in two stages; `prepare` is training, `specialise` takes seconds."""

    name: str
    title: str = ""
    summary: str = ""
    model: str = "nanodet"
    parent: str
    runtime: Literal["onnxruntime"] = "onnxruntime"
    precision: Precision = "fp32"
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


def parse_size(text: str) -> tuple[int, int]:
    """ "384x288" -> (384, 288).

    Raises:
        ValueError: when the text is not a size or not a multiple of the coarsest stride.
    """
    if not re.match(SIZE_PATTERN, text):
        raise ValueError(f"{text!r} is not a size such as '384x288'")
    width, height = (int(side) for side in text.split("x"))
    if width % SIZE_MULTIPLE or height % SIZE_MULTIPLE:
        raise ValueError(f"{text!r}: width and height must be multiples of {SIZE_MULTIPLE}")
    return width, height


def regime_matches(regime: str, wanted: str) -> bool:
    """Whether a regime such as "night-dry-free" has every part of `wanted`, e.g. "night-free"."""
    parts = regime.split("-")
    return all(part in parts for part in wanted.split("-") if part)
