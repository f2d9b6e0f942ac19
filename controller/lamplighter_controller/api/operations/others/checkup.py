"""How the controller itself stands: its machine, its queue and its workshop, with remedies."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Query, Request
from lamplighter_wire import __version__
from lamplighter_wire.machine.checkup import Finding, ok, warning

from lamplighter_controller.api.access import services
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.services.street.push_target import PushStanding
from lamplighter_controller.store.records import JobRecord
from lamplighter_controller.wiring.parts import Services

routes = Routes("fleet")
# Checks open files and ask the kernel; whoever asks meanwhile gets what was found last.
AGAIN_S = 20.0
# More than this wait where decisions come faster than they are made.
MOST_WAITING = 1000
DAY_S, JOBS = 86_400.0, 100
WithMachine = Annotated[
    bool, Query(description="Whether its machine is looked at too; else what only it knows itself.")
]
FAILING_MEND = (
    "see street_push_url, _format and _token, and what is said there; it waits for a week, and a"
    " restart of the controller tries within a minute"
)
ASIDE_MEND = (
    "the event street_push names them; mend them there, or rename the line they are of: each is"
    " tried again with its next interval"
)


class KeptCheckup:
    """Makes the checks of the machine at most every twenty seconds."""

    def __init__(self, look: Callable[[], Sequence[Finding]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._found: Sequence[Finding] = ()
        self._at = float("-inf")

    def findings(self) -> Sequence[Finding]:
        """As of now, or of less than twenty seconds ago."""
        with self._lock:
            if time.monotonic() - self._at >= AGAIN_S:
                self._found, self._at = self._look(), time.monotonic()
            return self._found


@routes.get("/checkup", role="operator")
def show_checkup(request: Request, machine: WithMachine = True) -> list[Finding]:
    """What was looked at of the controller and its machine, what was found, and what to mend: as
    `lamplighter doctor` says it there, with the controller's queue, its workshop, and its push of
    street counts."""
    kept: KeptCheckup = request.app.state.checkup
    own = own_findings(services(request), time.time())
    return [*own, *kept.findings()] if machine else own


def own_findings(parts: Services, now: float) -> list[Finding]:
    """What only the running controller knows. `now`: wall time."""
    return [
        ok("version", "lamplighter", __version__),
        queue_finding(sum(parts.queue.depths().values())),
        workshop_finding(parts.store.jobs(JOBS, None), now),
        *push_findings(parts.street_push.standing, now),
    ]


def queue_finding(waiting: int) -> Finding:
    """Whether it decides as fast as devices report."""
    if waiting <= MOST_WAITING:
        return ok("queue", "decisions", f"{waiting} wait")
    return warning(
        "queue",
        "decisions",
        f"{waiting} wait: they come faster than they are made",
        "give its machine more processor time, or its devices longer windows",
    )


def push_findings(standing: PushStanding, now: float) -> list[Finding]:
    """Whether street counts are taken where they are posted; nothing where they are not."""
    if not standing.url:
        return []
    place = standing.url.partition("?")[0]  # behind it may be a key
    found = "nothing was taken since the start"
    if standing.accepted_at is not None:
        found = f"last taken {_minutes(now - standing.accepted_at)} ago"
    if standing.aside:
        found += f"; {standing.aside} set aside, the last: {standing.aside_why}"
    if standing.failing_since is not None:
        failing = f"failing for {_minutes(now - standing.failing_since)}: {standing.why}; {found}"
        if standing.again_at is not None:
            failing += f"; tried again in {_minutes(standing.again_at - now)}"
        return [warning("street push", place, failing, FAILING_MEND)]
    if standing.aside:
        return [warning("street push", place, found, ASIDE_MEND)]
    return [ok("street push", place, found)]


def _minutes(seconds: float) -> str:
    return f"{max(0.0, seconds) / 60:.0f} min"


def workshop_finding(jobs: Sequence[JobRecord], now: float) -> Finding:
    """Whether something could not be built today. `jobs`: the newest first."""
    failed = [job for job in jobs if job.state == "failed" and now - job.created_at < DAY_S]
    running = sum(job.state == "running" for job in jobs)
    if not failed:
        return ok("workshop", "builds", f"{running} under way, none failed today")
    last = failed[0]
    return warning(
        "workshop",
        "builds",
        f"{len(failed)} failed today, the last: {last.subject}: {last.error}",
        "read why in the list of its work; ask for it again with lamplighter variant build",
    )
