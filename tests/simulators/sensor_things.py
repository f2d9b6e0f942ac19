"""An OGC SensorThings server (1.1): a real HTTP server that holds what is posted to it.

It judges entities by the facts of the standard in docs/reference/schemas, takes deep inserts, gives
ids of its own, and answers what a client needs: entities by name, those of another entity, with
some observations beside them, page by page.
"""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema_rs

from tests.simulators.local_http import answer_json, listening

FACTS = Path(__file__).resolve().parents[2] / "docs/reference/schemas/sensorthings.json"
KINDS = {
    "Things": "Thing",
    "Locations": "Location",
    "Datastreams": "Datastream",
    "Sensors": "Sensor",
    "ObservedProperties": "ObservedProperty",
    "Observations": "Observation",
}
MANY = {"Locations": "Thing", "Datastreams": "Thing"}  # in a deep insert, and their way back
ONE = {"Sensor": "Sensors", "ObservedProperty": "ObservedProperties"}
PATH = re.compile(r"/v1\.1/(\w+)(?:\(([^)]+)\)/(\w+))?")
NAMED = re.compile(r"name eq '((?:[^']|'')*)'")
Entity = dict[str, Any]


class Refused(Exception):  # noqa: N818 - it is an answer
    """The request is none of the standard."""


def facts(kind: str) -> dict[str, Any]:
    """The schema of a kind of entity."""
    known = json.loads(FACTS.read_text())
    return {"$ref": f"#/$defs/{kind}", "$defs": known["$defs"]}


class Server:
    """Its entities by kind.

    Attributes:
        answers: the statuses of the next requests that post; then, and where it is 0, it judges.
        has_text_ids: its ids are texts, and not numbers.
        loses: so many answers to observations that it has taken never arrive.
        refuses: words of names of things and datastreams that it does not take.
        unobserved: names of observed properties that it does not take.
        page: so many entities are in an answer at most.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/v1.1"
        self.answers: list[int] = []
        self.loses, self.page, self.has_text_ids = 0, 100, False
        self.refuses: list[str] = []
        self.unobserved: list[str] = []
        self.posted: list[str] = []
        self.kept: dict[str, dict[Any, Entity]] = {kind: {} for kind in KINDS}
        self._numbers = itertools.count(1)
        self._judges = {kind: jsonschema_rs.validator_for(facts(KINDS[kind])) for kind in KINDS}

    def results(self, name: str) -> list[Any]:
        """Of the datastream of that name, in the order in which they came."""
        (stream,) = (one for one in self.kept["Datastreams"].values() if one["name"] == name)
        return [one["result"] for one in self.observations(stream["@iot.id"])]

    def observations(self, stream: Any) -> list[Entity]:
        """Those of a datastream."""
        told = self.kept["Observations"].values()
        return [one for one in told if one["Datastream"]["@iot.id"] == stream]

    def post(self, kind: str, made: Entity) -> tuple[int, Any]:
        """Status and answer; what is made lies where the standard says."""
        self.posted.append(kind)
        if self.answers and (status := self.answers.pop(0)):
            return status, {"message": "Out of order"}
        try:
            self._judged(kind, made)
            return 201, {"@iot.id": self._insert(kind, made)}
        except Refused as error:
            return 400, {"code": 400, "message": str(error)}

    def get(self, kind: str, of: str | None, within: str | None, query: dict[str, str]) -> Any:
        """A page of entities."""
        found = list(self.kept[within or kind].values())
        if within and of is not None:
            own = of[1:-1].replace("''", "'") if of.startswith("'") else int(of)
            found = [one for one in found if one.get(KINDS[kind], {}).get("@iot.id") == own]
        if named := NAMED.search(query.get("$filter", "")):
            found = [one for one in found if one["name"] == named[1].replace("''", "'")]
        skip = int(query.get("$skip", 0))
        some = found[skip : skip + min(self.page, int(query.get("$top", self.page)))]
        shown = [self._shown(one, query.get("$expand", "")) for one in some]
        more = {"@iot.nextLink": "another page"} if skip + len(some) < len(found) else {}
        return {"value": shown, **more}

    def _shown(self, entity: Entity, expand: str) -> Entity:
        own, beside = entity["@iot.id"], {}
        if expand.startswith("Observations("):
            times = [{"phenomenonTime": o["phenomenonTime"]} for o in self.observations(own)]
            beside["Observations"] = sorted(times, key=lambda one: one["phenomenonTime"])[-1:]
        if expand.startswith("Datastreams"):
            several = self.kept["Datastreams"].values()
            beside["Datastreams"] = [one for one in several if one["Thing"]["@iot.id"] == own]
        return entity | beside

    def _judged(self, kind: str, made: Entity) -> None:
        try:
            self._judges[kind].validate(made)
        except jsonschema_rs.ValidationError as error:
            raise Refused(error.message) from error
        if any(word in made.get("name", "") for word in self.refuses):
            raise Refused(f"{made['name']} is not wanted")
        if kind == "ObservedProperties" and made["name"] in self.unobserved:
            raise Refused(f"{made['name']} is not observed here")
        wanted = {"Datastreams": ("Thing", "Sensor", "ObservedProperty")}.get(kind, ())
        for link in wanted:
            if link not in made:
                raise Refused(f"a datastream without {link}")

    def _insert(self, kind: str, made: Entity) -> Any:
        """With all that is made along with it."""
        own = f"no'{next(self._numbers)}" if self.has_text_ids else next(self._numbers)
        entity = {key: value for key, value in made.items() if key not in MANY}
        for link, others in (ONE | {"Thing": "Things", "Datastream": "Datastreams"}).items():
            if link in entity:
                entity[link] = {"@iot.id": self._linked(others, entity[link])}
        self.kept[kind][own] = {"@iot.id": own, **entity}
        for several, back in MANY.items():
            for one in made.get(several, []):
                self._insert(several, one | {back: {"@iot.id": own}})
        return own

    def _linked(self, others: str, link: Entity) -> Any:
        if "@iot.id" not in link:
            return self._insert(others, link)
        if link["@iot.id"] not in self.kept[others]:
            raise Refused(f"there is none of {others} with id {link['@iot.id']}")
        return link["@iot.id"]


@contextmanager
def sensor_things() -> Iterator[Server]:
    """One on this machine meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = PATH.fullmatch(unquote(parts.path))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if path is None or path[1] not in KINDS:
                return answer_json(self, 404, {"message": "Not found"})
            return answer_json(self, 200, made.get(path[1], path[2], path[3], query))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            kind = self.path.removeprefix("/v1.1/")
            status, answer = made.post(kind, body) if kind in KINDS else (404, {})
            if kind == "Observations" and status == 201 and made.loses:
                made.loses -= 1
                self.connection.close()
                return
            answer_json(self, status, answer)

        def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Server(server)
    with listening(server):
        yield made
