"""An agent in a process of its own that comes to a chosen save, says so, and waits to be killed."""

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Phase
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World

LINGER_S = 60.0
NEVER_S = 600.0
QUICK: dict[str, Any] = {"probation_frames": 1, "probation_s": 0.05, "expires_at": 4e9}
# Slow enough that a loaded machine keeps within its limits: nothing here is about speed.
FAST = {"fps_floor": 8.0, "fps_cap": 8.0}
# Lives are forked off one warm process: imports are paid for once.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class End:
    """Where a life ends: after the save of a phase of a revision, `chunks` having been received.

    Variants are ordered one after the other, from that revision on.
    """

    phase: Phase
    revision: int
    chunks: int = 0

    def reached(self, record: Record) -> bool:
        machine = record.machine
        here = (machine.phase, machine.revision) == (self.phase, self.revision)
        return here and record.transfer.chunks_received >= self.chunks


class Lingering(Journal):
    """Tells when the end is reached, and goes no further."""

    def __init__(self, path: Path, end: End, here: "Connection[str, str]") -> None:
        super().__init__(path)
        self._end, self._here = end, here

    def save(self, record: Record) -> None:
        super().save(record)
        if self._end.reached(record):
            self._here.send("here")
            time.sleep(LINGER_S)


def live(state: Path, end: End, orders: list[Variant], here: "Connection[str, str]") -> None:
    """Serve from `state`, whose key lies beside it, and carry out the orders."""
    world = World(state, SigningKey.load(state.parent / "key.pem"), **FAST)
    world.controller.publish(*orders)
    world.start(Lingering(state / "journal.json", end, here))
    for revision, variant in enumerate(orders, end.revision):
        last = revision == end.revision + len(orders) - 1
        probation = QUICK if last else QUICK | {"probation_s": NEVER_S}
        world.controller.deploy(world.controller.desire(revision, variant.rung(), **probation))
        if not last:
            world.wait(lambda: world.controller.reported().phase == "PROBATION", "probation")
    time.sleep(LINGER_S)


def kill_at(state: Path, end: End, *orders: Variant) -> None:
    """SIGKILL an agent the moment its journal holds `end`."""
    told, here = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=live, args=(state, end, list(orders), here), daemon=True)
    process.start()
    try:
        assert told.poll(LINGER_S), f"{end} was not reached"
        assert told.recv() == "here"
    finally:
        process.kill()
        process.join()
