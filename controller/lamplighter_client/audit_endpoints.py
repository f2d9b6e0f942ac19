"""What can be asked of the controller about its audit log."""

from collections.abc import Mapping

from lamplighter_client.documents import AuditedChange, AuditVerdict
from lamplighter_client.endpoints import ApiRequest

MOST_SHOWN = 1000


def audit_log(
    *, subject: str = "", who: str = "", outcome: str = "", limit: int = MOST_SHOWN
) -> ApiRequest[list[AuditedChange]]:
    """Entries of a subject, of somebody or of an outcome; newest first."""
    named = {"subject": subject, "who": who, "outcome": outcome}
    query: dict[str, str | int | bool] = {name: text for name, text in named.items() if text}
    return ApiRequest("/audit", list[AuditedChange], query | {"limit": limit})


def audit_export(after: int = 0) -> ApiRequest[list[AuditedChange]]:
    """All entries behind a number, in their order."""
    query: Mapping[str, str | int | bool] = {"after": after, "limit": MOST_SHOWN}
    return ApiRequest("/audit/export", list[AuditedChange], query)


def audit_verdict(known: str = "") -> ApiRequest[AuditVerdict]:
    """Whether it is whole; `known`: a head kept elsewhere, as NUMBER:HASH."""
    return ApiRequest("/audit/verify", AuditVerdict, {"known": known} if known else {})
