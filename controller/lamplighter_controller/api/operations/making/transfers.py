"""What is sent to devices, and what did not have to be."""

from fastapi import Request
from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import page_of
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor
from lamplighter_controller.api.parameters import Limit
from lamplighter_controller.api.replies import Page
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.api.within import within

routes = Routes("transfers", prefix="/transfers", bounds=Bounds.OWN)


@routes.get("")
def list_transfers(request: Request, after: Cursor = "", limit: Limit = 200) -> Page[TransferEntry]:
    """Orders and what they cost on the wire, the newest first; of the devices within reach."""
    found = services(request).transfers.newest(
        limit + 1, read_cursor(after, tuple[float, str, int]), within(request).devices
    )
    return page_of(TransferEntry, found, limit, lambda one: (one.at, one.device, one.revision))


@routes.get("/sums")
def show_transfer_sums(request: Request) -> TransferSums:
    """The newest thousand orders in a few figures, and what was published since the start.

    A token for a site or group is told nothing of what was published: that was for all.
    """
    seen = within(request)
    counters = request.app.state.counters
    published = (lambda: counters().get("chunks", {})) if seen.is_whole else dict
    return services(request).transfers.sums(published, seen.devices)
