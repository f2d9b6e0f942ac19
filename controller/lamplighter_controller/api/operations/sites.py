"""Parents for single sites: what they would cost, making one, stopping, removing it."""

from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.documents import SiteEstimate, SiteParent
from lamplighter_client.documents.requests import SiteBody, SiteNameBody

from lamplighter_controller.api.access import services
from lamplighter_controller.api.audit.changes import ordered
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import within

routes = Routes("sites", prefix="/sites")
Wanted = Annotated[SiteBody, Depends(JsonBody(SiteBody))]
Named = Annotated[SiteNameBody, Depends(JsonBody(SiteNameBody))]


@routes.get("", bounds=Bounds.OWN)
def list_sites(request: Request) -> list[SiteParent]:
    """Sites with a parent of their own, or with work on one; of those within reach."""
    parts, seen = services(request), within(request)
    return [site for site in parts.queue.call(parts.sites.listing) if seen.has_site(site.site)]


@routes.post("/estimate", role="operator")
def estimate_site(request: Request, body: Wanted) -> SiteEstimate:
    """What a parent for a site would cost and gain; nothing is begun."""
    return services(request).sites.estimate(body)


@routes.post("", role="operator")
def specialise_site(request: Request, body: Wanted) -> SiteParent:
    """Make a parent for a site from pictures in a folder on the controller's machine."""
    parts = services(request)
    asked = msgspec.to_builtins(body)
    return ordered(request, f"site:{body.site}", lambda: parts.sites.specialise(body), asked)


@routes.post("/stop", role="operator")
def stop_site(request: Request, body: Named) -> SiteParent:
    """End the work for a site; asked for again it goes on where it was."""
    parts = services(request)
    return ordered(request, f"site:{body.site}", lambda: parts.sites.stop(body.site))


@routes.post("/remove", role="operator")
def remove_site(request: Request, body: Named) -> SiteParent:
    """Drop a site's parent; its devices are planned for anew."""
    parts = services(request)
    return ordered(request, f"site:{body.site}", lambda: parts.sites.remove(body.site))
