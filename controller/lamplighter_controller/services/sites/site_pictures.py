"""Pictures of a site from one of its devices: asked for, kept until they are used, deleted."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind, EventKind, Severity
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Event, Picture, PictureOrder
from lamplighter_wire.policy.picture_limits import is_picture

from lamplighter_controller.link.orders import SILENCE, command_of
from lamplighter_controller.link.outbound import COMMAND_EXPIRY_S, Outbound
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.sentences import device_sentences
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder, SiteShelf

log = logging.getLogger(__name__)

# A device that is there and has sent nothing for so long is asked again; so often at most.
PATIENCE_S = 30.0
PATIENCE_INTERVALS = 3.0
MOST_SILENCES = 4
STAGE = "collect"
LATEST_S = 1e11  # of a device's clock

Progress = Callable[[float, str], None]
Ended = Callable[[str], None]  # why there are no pictures; empty: they are here


@dataclass
class _Collection:
    """Pictures that a device is asked for."""

    order: SiteOrder
    name: str  # in what the device sends
    progress: Progress
    ended: Ended
    silences: int = 0
    has_news: bool = False


class SitePictures:
    """Call it on the deciding thread. What has come lies on the shelf, so a start goes on."""

    def __init__(
        self,
        devices: DeviceStore,
        clock: Clock,
        queue: DecisionQueue,
        events: EventLog,
        outbound: Outbound,
        shelf: SiteShelf,
    ) -> None:
        self._devices, self._clock, self._queue = devices, clock, queue
        self._events, self._outbound, self._shelf = events, outbound, shelf
        self._collections: dict[str, _Collection] = {}  # by device

    def is_busy(self, device: str) -> bool:
        """Whether a device is asked for pictures already."""
        return device in self._collections

    def collect(self, order: SiteOrder, progress: Progress, ended: Ended) -> None:
        """Ask the order's device for what is still missing; `ended` follows, perhaps at once."""
        collection = _Collection(order, secrets.token_hex(8), progress, ended)
        if self._missing(order) <= 0:
            ended("")
            return
        reason = self._elsewhere(order)
        if reason:
            ended(reason)
            return
        self._collections[order.device] = collection
        text = device_sentences.pictures_asked(
            order.device, self._missing(order), order.site, order.interval_s
        )
        self._events.add(
            ControllerEvent.PICTURES_ASKED,
            text,
            device=order.device,
            site=order.site,
            count=self._missing(order),
        )
        self._ask(collection)

    def receive(self, device: str, picture: Picture) -> None:
        """Keep a picture that was asked for; all others are dropped."""
        collection = self._collections.get(device)
        if collection is None:
            # It was away when it was told to stop, and would go on for as long as it was asked to.
            self._send(device, PictureOrder(order=picture.order, count=0))
        if collection is None or picture.order != collection.name or not is_picture(picture.jpeg):
            log.warning("a picture is dropped: not asked for, or none", extra={"device": device})
            return
        reason = self._elsewhere(collection.order) or self._keep(collection.order, picture)
        if reason:
            self._end(collection, reason)
            return
        order = collection.order
        collection.has_news, collection.silences = True, 0
        missing = self._missing(order)
        collection.progress(1.0 - missing / order.count, STAGE)
        if missing <= 0:
            self._end(collection, "")

    def receive_event(self, device: str, event: Event) -> None:
        """A device that sends no pictures says why."""
        collection = self._collections.get(device)
        refused = event.kind == EventKind.PICTURES_REFUSED
        if collection is None or not refused or event.data.get("order") != collection.name:
            return
        reason = str(event.data.get("reason", ""))[:300]
        self._end(collection, f"{device} sends no pictures: {reason}")

    def stop(self, site: str) -> bool:
        """Ask for no more; what has come goes with the order. False when nobody was asked."""
        for collection in self._collections.values():
            if collection.order.site == site:
                self._end(collection, "it was stopped")
                return True
        return False

    def delete(self, order: SiteOrder) -> None:
        """Keep no picture of an order any longer, unless it asks for that."""
        if order.keep_pictures:
            return
        count = self._shelf.delete_pictures(order)
        if count:
            text = device_sentences.pictures_deleted(count, order.site)
            self._events.add(
                ControllerEvent.PICTURES_DELETED,
                text,
                device=order.device,
                site=order.site,
                count=count,
            )
        left = self._shelf.picture_count(order)
        if left:
            folder = str(self._shelf.pictures_dir(order))
            text = device_sentences.pictures_left(left, order.site, folder)
            self._events.add(
                ControllerEvent.PICTURES_LEFT,
                text,
                severity=Severity.ERROR,
                device=order.device,
                site=order.site,
                count=left,
            )

    def _elsewhere(self, order: SiteOrder) -> str:
        """Why an order's device has no pictures of the site any more; empty: it may have some."""
        record = self._devices.device(order.device)
        if record.retired_at is not None:
            return f"{order.device} is retired"
        return "" if record.site == order.site else f"{order.device} is no longer at {order.site}"

    def _keep(self, order: SiteOrder, picture: Picture) -> str:
        """Why a picture cannot be kept; empty: it is."""
        try:
            self._shelf.put_picture(order, _name_of(picture), picture.jpeg)
        except OSError as error:
            folder = self._shelf.pictures_dir(order)
            return f"the controller cannot keep pictures in {folder}: {error.strerror}"
        return ""

    def _missing(self, order: SiteOrder) -> int:
        return order.count - self._shelf.picture_count(order)

    def _end(self, collection: _Collection, reason: str) -> None:
        order = collection.order
        del self._collections[order.device]
        if reason:
            self._command(collection, count=0)
        else:
            text = device_sentences.pictures_collected(order.device, order.count, order.site)
            self._events.add(
                ControllerEvent.PICTURES_COLLECTED, text, device=order.device, site=order.site
            )
        collection.ended(reason)

    def _ask(self, collection: _Collection) -> None:
        self._command(collection, count=self._missing(collection.order))
        self._check_later(collection)

    def _check_later(self, collection: _Collection) -> None:
        patience_s = max(PATIENCE_S, PATIENCE_INTERVALS * collection.order.interval_s)
        self._queue.later(patience_s, self._check, collection)

    def _check(self, collection: _Collection) -> None:
        """A device that was away, or was restarted, has forgotten what it was asked for."""
        device = collection.order.device
        if self._collections.get(device) is not collection:
            return
        reason = self._elsewhere(collection.order)
        if reason:
            self._end(collection, reason)
        elif collection.has_news or not self._devices.device(device).online:
            collection.has_news = False
            self._check_later(collection)
        elif collection.silences == MOST_SILENCES:
            self._end(collection, f"{device} sends no pictures and does not say why: {SILENCE}")
        else:
            collection.silences += 1
            self._ask(collection)

    def _command(self, collection: _Collection, count: int) -> None:
        order = collection.order
        asked = PictureOrder(
            order=collection.name, stream=order.stream, count=count, interval_s=order.interval_s
        )
        self._send(order.device, asked)

    def _send(self, device: str, order: PictureOrder) -> None:
        command = command_of(
            device, CommandKind.PICTURES, order, at=self._clock.time(), life_s=COMMAND_EXPIRY_S
        )
        try:
            self._outbound.command(command)
        except TransportError as error:
            log.warning("%s is not told of pictures now: %s", device, error)


def _name_of(picture: Picture) -> str:
    """By its time, so that the order of names is theirs; one that comes again has the same."""
    at_ms = round(1000 * min(max(picture.at, 0.0), LATEST_S))
    return f"{at_ms:015d}-{picture.stream}".rstrip("-")
