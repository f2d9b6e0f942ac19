"""The policy: the thresholds that decide, for the fleet, a label or a device."""

from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request
from lamplighter_client.documents import PolicyPreview, PolicyScope, PolicyThreshold
from lamplighter_client.documents.requests import PolicyBody

from lamplighter_controller.api.access import reach_of, services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import PRINTABLE, IfMatch, JsonBody, expected_version
from lamplighter_controller.api.replies import Versioned
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.domain.policy.policy import FLEET, thresholds
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.services.policies.policy_changes import MODEL

ABOUT_MODEL = (
    "The variant, model or MODEL@VERSION that alone is served: what was certified stays, and"
    " nothing better is taken up. What is set by hand, and rollouts, count before it."
)
routes = Routes("policies", prefix="/policies")
Scope = Annotated[
    str,
    Query(
        max_length=200,
        pattern=PRINTABLE,
        description="`fleet`, `label:NAME=VALUE`, `group:NAME` or `device:ID`.",
    ),
]
Change = Annotated[PolicyBody, Depends(JsonBody(PolicyBody))]


@routes.get("", bounds=Bounds.OWN)
def list_policies(request: Request) -> list[PolicyScope]:
    """What operators have changed, by scope; for the fleet, and for what is within reach."""
    kept = services(request).policies.by_scope().values()
    return documents(PolicyScope, [one for one in kept if _is_shown(request, one.scope)])


def _is_shown(request: Request, scope: str) -> bool:
    return scope == FLEET or reach_of(request).has_scope(scope)


@routes.get("/thresholds", bounds=Bounds.OWN)
def list_thresholds(request: Request, scope: Scope = FLEET) -> list[PolicyThreshold]:
    """Every threshold as it holds for a scope, where its value comes from, and what it trades."""
    parts = services(request)
    if not _is_shown(request, scope):
        raise NotFoundError(f"no scope {scope!r} within the token's reach")
    holding = parts.policy_changes.holds_for(scope)
    policy, sources = holding.policy, holding.sources
    model = PolicyThreshold(
        name=MODEL, text=holding.model, source=holding.model_source, about=ABOUT_MODEL
    )
    return [
        model,
        *(
            PolicyThreshold(
                name=threshold.name,
                value=getattr(policy, threshold.name),
                source=sources[threshold.name],
                default=threshold.default,
                least=threshold.least,
                most=threshold.most,
                unit=threshold.unit,
                by_device=threshold.by_device,
                about=threshold.about,
                choices=list(threshold.choices),
            )
            for threshold in thresholds()
        ),
    ]


@routes.post("", role="operator")
def change_policy(
    request: Request, body: Change, if_match: IfMatch = "*"
) -> Versioned[PolicyScope]:
    """Set thresholds for a scope, end those that are null; its devices are planned for anew."""
    parts, version = services(request), expected_version(if_match)
    record = changed(
        request,
        f"policy:{body.scope}",
        lambda: parts.policy_changes.change(body.scope, body.values, version),
        state=lambda: parts.audited.policy(body.scope),
    )
    return Versioned(msgspec.convert(record, PolicyScope, from_attributes=True), record.version)


@routes.post("/preview", role="operator")
def preview_policy(request: Request, body: Change) -> PolicyPreview:
    """Which devices would serve another point after a change; nothing is changed."""
    parts = services(request)
    preview = parts.queue.call(lambda: parts.policy_changes.preview(body.scope, body.values))
    return msgspec.convert(preview, PolicyPreview, from_attributes=True)
