"""Bodies of requests."""

from pydantic import BaseModel, ConfigDict, Field

from lamplighter_controller.pki.api_tokens import ENROL_TOKEN_LIFE_S

MAX_TOKEN_LIFE_S = 30 * 86400.0


class Body(BaseModel):
    """Unknown keys are refused: a typo must not pass silently."""

    model_config = ConfigDict(extra="forbid")


class TokenBody(Body):
    """For which device, and how long the token holds."""

    device: str
    life_s: float = Field(ENROL_TOKEN_LIFE_S, gt=0, le=MAX_TOKEN_LIFE_S)


class ApiTokenBody(Body):
    """A bearer token's name and role: viewer, operator or admin."""

    name: str = Field(min_length=1, max_length=80)
    role: str


class LabelBody(Body):
    """What is given is set; the rest stays."""

    labels: dict[str, str] | None = None
    site: str | None = None
    objective: dict[str, float] | None = None


class PlanBody(Body):
    """`dry_run` decides without acting."""

    dry_run: bool = False
