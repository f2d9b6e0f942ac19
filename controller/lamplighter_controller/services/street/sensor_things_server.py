"""Street counts at an OGC SensorThings server (1.1), by its HTTP interface alone.

A device is a thing there, found by its name; what is missing of it is made once: sensor, observed
properties, thing and datastreams, with the ids that the server gives. Then each figure is an
observation with a link to its datastream. Which were told the server itself knows: what is not
newer than a datastream's newest observation is not told again.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from lamplighter_client.street.sensor_things import linked, observations, thing

from lamplighter_controller.errors import WebhookError
from lamplighter_controller.services.street.push_target import (
    REFUSALS,
    AllRefusedError,
    Door,
    Refused,
    Told,
    said,
    waits,
)

MEDIA_TYPE = "application/json"
PAGE = 100  # of datastreams
# Requests in which nothing is taken, until it is believed that all is refused.
MOST_IN_VAIN = 64
NEWEST = "Observations($orderby=phenomenonTime desc;$top=1;$select=phenomenonTime)"
Id = int | str
Fields = dict[str, Any]


class _Stream(NamedTuple):
    """A datastream at the server, and when its newest observation ends (wall clock)."""

    id: Id
    until: float


class _NotTakenError(WebhookError):
    """An entity that the server refuses: it concerns what needs that entity, and nothing else."""


class SensorThingsServer:
    """Used by one thread.

    aside: names of things and datastreams that were refused before.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._streams: dict[str, dict[str, _Stream]] = {}  # by device and name
        self._shared: dict[tuple[str, str], Id] = {}  # sensors and properties, by their names
        self.aside: set[str] = set()
        self._vain: dict[tuple[str, str], str] = {}  # those refused in this interval, and why

    def tell(self, several: Sequence[Told]) -> tuple[int, list[Refused]]:
        """Post one interval of some devices; how many observations were taken, what newly was not.

        Raises:
            WebhookError: it takes nothing, and all of it is told again later; a
                `AllRefusedError` where it answers and refuses.
        """
        taken, refused = 0, list[Refused]()
        self._vain.clear()
        for told in several:
            try:
                accepted, bad = self._tell(told)
            except WebhookError:
                self._streams.pop(told.device, None)  # an answer is lost, or a datastream gone
                raise
            taken, refused = taken + accepted, refused + bad
            if not taken and len(refused) >= MOST_IN_VAIN:
                break
        if refused and not taken:
            self._streams.clear()
            raise AllRefusedError(f"it takes no observation: {refused[0].why}")
        new = [one for one in refused if one.name not in self.aside]
        self.aside |= {one.name for one in new}
        return taken, new

    def _tell(self, told: Told) -> tuple[int, list[Refused]]:
        entries = list(observations(told.counts))
        refused = self._ensure(told, {entry["datastream"] for entry in entries})
        streams, taken = self._streams.setdefault(told.device, {}), 0
        for entry in entries:
            name, until = entry["datastream"], _end(entry["observation"]["phenomenonTime"])
            if name not in streams or until <= streams[name].until:
                continue
            answer = self._door.post(linked(entry, streams[name].id), MEDIA_TYPE, "/Observations")
            if answer.status in REFUSALS:
                refused.append(Refused(name, said(answer)))
                del streams[name]  # looked for again with the next interval
                continue
            if not 200 <= answer.status < 300:
                raise waits(answer)
            streams[name] = streams[name]._replace(until=until)
            self.aside.discard(name)
            taken += 1
        return taken, refused

    def _ensure(self, told: Told, names: set[str]) -> list[Refused]:
        """Have datastreams of these names, as far as the server takes them."""
        if names <= self._streams.get(told.device, {}).keys():
            return []
        made = thing(told.device, told.place, told.counts)
        wanted = made.pop("Datastreams")
        own = self._thing(told.device)
        if own is None:
            try:
                self._make("/Things", made)
            except _NotTakenError as error:
                return [Refused(told.device, str(error))]
            own = self._thing(told.device)
        self.aside.discard(told.device)
        if own is None:
            raise WebhookError(f"it has taken a thing {told.device} and does not show it")
        there = self._listed(own)
        missing = [one for one in wanted if one["name"] not in there]
        refused = [one for one in (self._make_stream(own, each) for each in missing) if one]
        self._streams[told.device] = self._listed(own) if missing else there
        return refused

    def _thing(self, device: str) -> Id | None:
        """Of this name, and made by us."""
        for one in self._named("Things", device):
            if (one.get("properties") or {}).get("source") == "lamplighter":
                own: Id = one["@iot.id"]
                return own
        return None

    def _listed(self, own: Id) -> dict[str, _Stream]:
        """The datastreams of a thing, by name."""
        found: dict[str, _Stream] = {}
        path = f"/Things({_key(own)})/Datastreams"
        skip, more = 0, True
        while more:
            query = f"$expand={quote(NEWEST, safe='$()=;')}&$top={PAGE}&$skip={skip}"
            page = self._page(f"{path}?{query}")
            found |= {one["name"]: _Stream(one["@iot.id"], _until(one)) for one in page["value"]}
            skip, more = skip + len(page["value"]), "@iot.nextLink" in page and bool(page["value"])
        return found

    def _make_stream(self, own: Id, made: Fields) -> Refused | None:
        try:
            links: Fields = {
                "Thing": {"@iot.id": own},
                "Sensor": self._link("Sensors", made["Sensor"]),
                "ObservedProperty": self._link("ObservedProperties", made["ObservedProperty"]),
            }
        except _NotTakenError as error:
            return Refused(made["name"], str(error))
        answer = self._door.post(made | links, MEDIA_TYPE, "/Datastreams")
        if answer.status in REFUSALS:
            return Refused(made["name"], said(answer))
        if not 200 <= answer.status < 300:
            raise waits(answer)
        return None

    def _link(self, entities: str, made: Fields) -> Fields:
        """To the one of its name; it is made where there is none."""
        key = entities, made["name"]
        if key not in self._shared:
            found = self._named(entities, made["name"])
            if not found and key in self._vain:
                raise _NotTakenError(self._vain[key])
            if not found:
                self._make_shared(f"/{entities}", made, key)
                found = self._named(entities, made["name"])
            if not found:
                raise WebhookError(f"it has taken {made['name']!r} and does not show it")
            self._shared[key] = found[0]["@iot.id"]
        return {"@iot.id": self._shared[key]}

    def _make_shared(self, path: str, made: Fields, key: tuple[str, str]) -> None:
        """Many datastreams need it: what is refused is tried once in an interval."""
        try:
            self._make(path, made)
        except _NotTakenError as error:
            self._vain[key] = str(error)
            raise

    def _make(self, path: str, made: Fields) -> None:
        answer = self._door.post(made, MEDIA_TYPE, path)
        if answer.status in REFUSALS:
            raise _NotTakenError(f"it does not take {made['name']!r}: {said(answer)}")
        if not 200 <= answer.status < 300:
            raise waits(answer)

    def _named(self, entities: str, name: str) -> list[Fields]:
        literal = quote(name.replace("'", "''"), safe="")
        found = self._page(f"/{entities}?$filter=name%20eq%20'{literal}'")["value"]
        return [one for one in found if one.get("name") == name]

    def _page(self, path: str) -> Fields:
        page = self._door.get(path)
        good = isinstance(page, dict) and isinstance(page.get("value"), list)
        if not good or not all(_is_entity(one) for one in page["value"]):
            raise WebhookError(f"its answer to {path.partition('?')[0]} is no list of entities")
        return dict(page)


def _is_entity(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("@iot.id"), int | str) and "name" in one


def _key(own: Id) -> str:
    """As it stands in a path."""
    return str(own) if isinstance(own, int) else quote(f"'{own.replace(chr(39), chr(39) * 2)}'")


def _until(stream: Fields) -> float:
    """When its newest observation ends; of one without any long ago."""
    times: Iterable[Any] = stream.get("Observations") or []
    return max((_end(one["phenomenonTime"]) for one in times), default=-math.inf)


def _end(time: str) -> float:
    """Of an interval or a moment in ISO 8601."""
    try:
        return datetime.fromisoformat(time.rpartition("/")[2]).timestamp()
    except (ValueError, AttributeError) as error:
        raise WebhookError(f"{time!r} is no time of an observation") from error
