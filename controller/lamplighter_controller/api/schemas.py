"""Bodies of requests, and how records become JSON."""

from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from lamplighter_controller.pki.api_tokens import ENROL_TOKEN_LIFE_S
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.wiring import Services

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


def device_document(services: Services, record: DeviceRecord) -> dict[str, Any]:
    """A device with its desired state in clear, its last telemetry window and what is wrong."""
    document: dict[str, Any] = msgspec.to_builtins(record)
    desired = current_desired(record)
    document["desired"] = None if desired is None else msgspec.to_builtins(desired)
    window = next(iter(services.store.telemetry(record.id, limit=1)), None)
    document["telemetry"] = None if window is None else msgspec.to_builtins(window)
    document["attention"] = msgspec.to_builtins(list(services.health.notices(record, window)))
    return document
