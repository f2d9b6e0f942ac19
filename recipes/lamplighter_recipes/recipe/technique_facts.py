"""What a technique yields and wants, as data: read without importing the technique.

Every technique has a TOML file beside its module, of the same name.
"""

import msgspec
from lamplighter_wire.enums import Precision

from lamplighter_recipes.recipe.schema import Stage

PAGE = "docs/how-to/write-a-technique.md"
NETWORK = "detector"  # the kind of artifact that training takes and gives


class Yields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step makes of what it gets.

    Attributes:
        precision: of the result; None: as it was.
        activations: whether activations are integers, of the type that the step's parameter
            `activations` names.
        size_factor: bytes of weights after over before.
    """

    precision: Precision | None = None
    activations: bool = False
    size_factor: float = 1.0


class Wants(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step needs beside what it compresses.

    Attributes:
        calibration: activation ranges, which are measured once and kept.
        frames: the calibration frames themselves.
        time_ahead: its result takes long and is kept (`kept_artifact`), so it is made ahead.
        teacher: another trained network.
        minutes: of training, at its defaults.
        extras: of this distribution, or packages.
        hardware: for people: where the result pays.
    """

    calibration: bool = False
    frames: bool = False
    time_ahead: bool = False
    teacher: bool = False
    minutes: float = 0.0
    extras: list[str] = []
    hardware: str = ""


class TechniqueFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One technique.

    `takes` and `gives` say what its function is handed and hands back: a network in training
    ("detector"), or the kind of artifact that a runtime opens (`RuntimeFacts.artifact`).

    `leaves` names what its result has that a later step might spoil or cannot take, such as
    "integers" or "zeros"; `not_after` says of such names why the technique cannot follow them.
    """

    stage: Stage
    summary: str
    takes: str
    gives: str
    saves: list[str] = []
    leaves: list[str] = []
    not_after: dict[str, str] = {}
    yields: Yields = Yields()
    wants: Wants = Wants()

    @property
    def keeps_layers(self) -> bool:
        """Whether the result has the same layers in the same numbers: it saves bytes at most."""
        plain = self.yields.precision is None and not self.yields.activations
        return plain and set(self.saves) <= {"bytes"}
