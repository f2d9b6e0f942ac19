"""Lanes of the deciding thread: a call waits behind others of its kind, not behind other kinds, and
behind others of its device, not behind all that another device has sent."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Step = Callable[[], Any]


def nothing() -> None:
    """Where nothing follows."""


class Lane(StrEnum):
    """Kinds of calls."""

    PRESENCE = "presence"  # what devices say of themselves, and reports
    ANSWERS = "answers"  # decisions that a device asked for or waits for
    DECISIONS = "decisions"  # other decisions, and builds
    TELEMETRY = "telemetry"


# Of the thread's time, while all of them wait.
SHARES = {Lane.PRESENCE: 4.0, Lane.ANSWERS: 2.0, Lane.DECISIONS: 1.0, Lane.TELEMETRY: 2.0}


@dataclass(frozen=True)
class Task:
    """A call that waits.

    Attributes:
        number: its place in the order of arrival.
        then: follows once what it wrote is on disk, or it has failed.
        repeats: it may be done again where the store failed, as if for the first time.
        owner: whose it is; within a lane owners take turns.
    """

    number: int
    lane: Lane
    step: Step
    then: Callable[[], None] = nothing
    repeats: bool = False
    owner: str = ""


@dataclass
class _Queue:
    """What waits in a lane, by owner; whose turn is next comes first."""

    owners: OrderedDict[str, deque[Task]] = field(default_factory=OrderedDict)
    used: float = 0.0  # seconds by share
    count: int = 0

    @property
    def next_number(self) -> int:
        return next(iter(self.owners.values()))[0].number

    def put(self, task: Task) -> None:
        self.owners.setdefault(task.owner, deque()).append(task)
        self.count += 1

    def put_back(self, task: Task) -> None:
        self.owners.setdefault(task.owner, deque()).appendleft(task)
        self.owners.move_to_end(task.owner, last=False)
        self.count += 1

    def take(self) -> Task:
        owner, tasks = self.owners.popitem(last=False)
        if len(tasks) > 1:
            self.owners[owner] = tasks
        self.count -= 1
        return tasks.popleft()


class Lanes:
    """Whose turn it is: the lane's that has used least of its share; among equals, who came first.

    A lane that was empty has saved nothing up: start-time fair queuing (Goyal, Vin, Cheng 1996).
    """

    def __init__(self) -> None:
        self._queues = {lane: _Queue() for lane in Lane}
        self._now = 0.0

    def __len__(self) -> int:
        return sum(queue.count for queue in self._queues.values())

    def depths(self) -> dict[Lane, int]:
        """Tasks that wait, by lane."""
        return {lane: queue.count for lane, queue in self._queues.items()}

    def put(self, task: Task) -> None:
        """Behind what waits in its lane of its owner."""
        queue = self._queues[task.lane]
        if not queue.count:
            queue.used = max(queue.used, self._now)
        queue.put(task)

    def put_back(self, task: Task) -> None:
        """Before what waits in its lane: it was not begun."""
        self._queues[task.lane].put_back(task)

    def take(self) -> Task | None:
        """The next one; None when none waits."""
        waiting = [queue for queue in self._queues.values() if queue.count]
        if not waiting:
            return None
        queue = min(waiting, key=lambda each: (each.used, each.next_number))
        self._now = queue.used
        return queue.take()

    def charge(self, lane: Lane, seconds: float) -> None:
        """A task of a lane has taken so long."""
        self._queues[lane].used += seconds / SHARES[lane]
