"""What of the fleet's things the audit log shows before and after a change: never a secret."""

from collections.abc import Callable
from typing import Any

import msgspec

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import Record

Document = dict[str, Any]
# Fields that operators set, by kind; nothing else goes into the log.
DEVICE = ("site", "labels", "objective", "retired_at", "revoked", "released_at", "revision")
GROUP = ("name", "query", "about")
OVERRIDE = ("id", "kind", "scope", "target", "reason", "until", "ended_at")
MARK = ("id", "kind", "device", "notice", "reason", "until", "ended_at")
ROLLOUT = ("name", "state", "version")
POLICY = ("values", "model")
API_TOKEN = ("id", "name", "role", "scope", "expires_at")
CONFIGURATION = ("version", "settings", "street", "reason")
CLAIM = ("device", "key", "source", "state")
REGISTRATION = ("site", "labels", "objective")
ENROL_TOKEN = ("id", "device", "expires_at")


def shown(record: Any, fields: tuple[str, ...]) -> Document:
    """Those fields of a record."""
    document: Document = msgspec.to_builtins({name: getattr(record, name) for name in fields})
    return document


class AuditedStates:
    """Asks the store; None where a thing is not there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def device(self, device: str) -> Document | None:
        return _found(lambda: self._store.device(device), DEVICE)

    def group(self, group: str) -> Document | None:
        return _found(lambda: self._store.group(group), GROUP)

    def override(self, number: int) -> Document | None:
        return _found(lambda: self._store.override(number), OVERRIDE)

    def mark(self, number: int) -> Document | None:
        return _found(lambda: self._store.mark(number), MARK)

    def rollout(self, rollout: str) -> Document | None:
        return _found(lambda: self._store.rollout(rollout), ROLLOUT)

    def configuration(self, device: str) -> Document | None:
        found = self._store.configuration(device)
        return shown(found, CONFIGURATION) if found is not None else None

    def policy(self, scope: str) -> Document | None:
        found = [policy for policy in self._store.policies() if policy.scope == scope]
        return shown(found[0], POLICY) if found else None

    def api_token(self, token: str) -> Document | None:
        found = [record for record in self._store.api_tokens() if record.id == token]
        return shown(found[0], API_TOKEN) if found else None

    def enrol_token(self, token: str) -> Document | None:
        return _found(lambda: self._store.token(token), ENROL_TOKEN)

    def registration(self, device: str) -> Document | None:
        found = [record for record in self._store.registrations() if record.device == device]
        return shown(found[0], REGISTRATION) if found else None


def _found(read: Callable[[], Record], fields: tuple[str, ...]) -> Document | None:
    try:
        return shown(read(), fields)
    except NotFoundError:
        return None
