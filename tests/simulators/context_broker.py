"""A context broker: a real HTTP server that takes NGSI-LD entities by batch upsert.

It refuses what ETSI GS CIM 009 refuses: an entity without type or whose id is no URI (400, or 207
where it looks at each by itself), an id that is twice in a request, a property without a value.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.simulators.local_http import answer_json, listening

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


class Broker:
    """Its entities by id.

    Attributes:
        answers: the statuses of the next requests; then it judges them.
        refuses: words of ids that it does not take, as one with rules of its own.
        looks_at_each: a request is taken in part, and the rest named; else refused as a whole.
        hook: called with each request.
        is_silent: of what it did not take it names nothing.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/ngsi-ld/v1/entityOperations/upsert"
        self.answers: list[int] = []
        self.refuses: list[str] = []
        self.looks_at_each = self.is_silent = False
        self.hook: Callable[[], object] = lambda: None
        self.requests: list[list[dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.entities: dict[str, dict[str, Any]] = {}
        self.history: list[dict[str, Any]] = []  # what was taken, in order

    def upsert(self, entities: list[dict[str, Any]]) -> tuple[int, Any]:
        """Status and answer."""
        self.requests.append(entities)
        self.hook()
        if self.answers:
            return self.answers.pop(0), {"title": "Out of order"}
        faults = {one.get("id", ""): self._fault(one, entities) for one in entities}
        bad = {name: fault for name, fault in faults.items() if fault}
        if bad and not self.looks_at_each:
            return 400, {"title": "Bad Request Data", "detail": next(iter(bad.values()))}
        taken = [one for one in entities if one["id"] not in bad]
        self.entities |= {one["id"]: one for one in taken}
        self.history += taken
        if not bad:
            return 204, None
        if self.is_silent:
            return 207, {}
        errors = [
            {"entityId": name, "error": {"title": "Bad Request Data", "detail": fault}}
            for name, fault in bad.items()
        ]
        return 207, {"success": [one["id"] for one in taken], "errors": errors}

    def _fault(self, entity: dict[str, Any], entities: list[dict[str, Any]]) -> str:
        name = str(entity.get("id", ""))
        if not URI.fullmatch(name) or not entity.get("type"):
            return f"no URI: {name}"
        if sum(one.get("id") == name for one in entities) > 1:
            return f"{name} is there twice"
        if any(word in name for word in self.refuses):
            return f"{name} is not wanted"
        properties = [one for key, one in entity.items() if key not in ("id", "type", "@context")]
        bare = any(one.get("value") in (None, "") or "type" not in one for one in properties)
        return "a property without a value" if bare else ""


@contextmanager
def context_broker() -> Iterator[Broker]:
    """One on this machine meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            broker.headers.append({key.lower(): value for key, value in self.headers.items()})
            answer_json(self, *broker.upsert(json.loads(body)))

        def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    broker = Broker(server)
    with listening(server):
        yield broker
