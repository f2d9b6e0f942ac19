"""Street counts at a context broker: NGSI-LD entities by batch upsert (ETSI GS CIM 009).

A broker that refuses a request over one of its entities is asked again with halves of it, until
what it does not take stands alone. That is set aside, and the rest is told.
"""

import json
from collections import deque
from collections.abc import Sequence
from typing import Any

from lamplighter_client.street.ngsi_ld import traffic_flow

from lamplighter_controller.errors import WebhookError
from lamplighter_controller.link.webhooks.post import Answer
from lamplighter_controller.services.street.push_target import (
    REFUSALS,
    AllRefusedError,
    Door,
    Refused,
    Told,
    said,
    waits,
    words,
)

# In one request; brokers bound its size.
MOST_ENTITIES = 500
MEDIA_TYPE = "application/ld+json"
PARTLY = 207
# Requests in which nothing is taken, until it is believed that all is refused.
MOST_IN_VAIN = 64
Entities = list[dict[str, Any]]


class ContextBroker:
    """Used by one thread.

    aside: ids that were refused before; each is posted alone, to hold up nobody.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self.aside: set[str] = set()

    def tell(self, several: Sequence[Told]) -> tuple[int, list[Refused]]:
        """Post one interval of some devices; how many entities were taken, and what newly was not.

        Raises:
            WebhookError: it takes nothing, and all of it is posted again later; a
                `AllRefusedError` where it answers and refuses.
        """
        entities = [one for told in several for one in traffic_flow(told.counts, told.place)]
        aside = [one for one in entities if one["id"] in self.aside]
        taken, refused = self._delivered([one for one in entities if one["id"] not in self.aside])
        self.aside |= {one.name for one in refused}
        return taken + self._again(aside), refused

    def _again(self, entities: Entities) -> int:
        """What was refused before: perhaps it is taken now."""
        taken = 0
        for entity in entities:
            if self._failed([entity]) is None:
                self.aside.discard(entity["id"])
                taken += 1
        return taken

    def _delivered(self, entities: Entities) -> tuple[int, list[Refused]]:
        parts = deque(_parts(entities, MOST_ENTITIES))
        taken, asked, refused = 0, 0, list[Refused]()
        while parts:
            part, asked = parts.popleft(), asked + 1
            failed = self._failed(part)
            taken += len(part) - (0 if failed is None else len(failed[0]))
            if failed is not None and len(part) == 1:
                refused.append(Refused(part[0]["id"], failed[1]))
            elif failed is not None:
                parts += _parts(failed[0], max(1, (len(part) + 1) // 2))
            if failed is not None and not taken and (asked == MOST_IN_VAIN or not parts):
                raise AllRefusedError(f"it takes no entity: {failed[1]}")
        return taken, refused

    def _failed(self, entities: Entities) -> tuple[Entities, str] | None:
        """Which were not taken, and why; None: all were.

        Raises:
            WebhookError: that is for no fault of theirs.
        """
        answer = self._door.post(entities, MEDIA_TYPE)
        if answer.status == PARTLY:
            return _left(entities, answer)
        if answer.status in REFUSALS:
            return entities, said(answer)
        if not 200 <= answer.status < 300:
            raise waits(answer)
        return None


def _left(entities: Entities, answer: Answer) -> tuple[Entities, str] | None:
    """After a partial success; where it cannot be read, everything is in doubt."""
    try:
        errors = {one["entityId"]: one.get("error") for one in json.loads(answer.body)["errors"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return entities, "status 207, and not which entities it means"
    left = [one for one in entities if one["id"] in errors]
    if not left:
        return (entities, "status 207, and of other entities than it was told") if errors else None
    problem = errors[left[0]["id"]]
    status = problem.get("status", 0) if isinstance(problem, dict) else 0
    if isinstance(status, int) and status >= 500:
        raise WebhookError(f"it answered with status {status} for {left[0]['id']}")
    return left, f"status 207, {words(problem)}".removesuffix(", ")


def _parts(entities: Entities, most: int) -> list[Entities]:
    return [entities[first : first + most] for first in range(0, len(entities), most)]
