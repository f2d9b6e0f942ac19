"""Power may fail between any two instructions: the device comes back with a known-good model."""

import shutil
import threading
from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, OrderReceived, Phase, Resumed
from lamplighter_wire.artifacts.fetch_window import SLOW_CEILING
from lamplighter_wire.blobs import compress
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired
from lamplighter_wire.signing import SigningKey

from tests.simulators.doomed import FAST, QUICK, End, kill_at
from tests.simulators.tiny_world import Variant, World, build


class PowerCutError(Exception):
    """Stands for the end of the process at this instruction."""


class CutJournal(Journal):
    """Cuts the power before or after the n-th save."""

    def __init__(self, path: Path, at: int, *, before: bool) -> None:
        super().__init__(path)
        self._left, self._before = at, before

    def save(self, record: Record) -> None:
        self._left -= 1
        if self._left == 0 and self._before:
            raise PowerCutError
        super().save(record)
        if self._left == 0:
            raise PowerCutError


@pytest.fixture(scope="module")
def built() -> tuple[SigningKey, Variant, Variant]:
    key = SigningKey.generate()
    return key, build("old", key, work=1), build("new", key, seed=1)


@pytest.fixture(scope="module")
def committed(
    tmp_path_factory: pytest.TempPathFactory, built: tuple[SigningKey, Variant, Variant]
) -> Path:
    """State of a device that serves `old`, revision 1."""
    key, old, _ = built
    home = tmp_path_factory.mktemp("committed")
    key.save(home / "key.pem")
    world = World(home / "state", key, **FAST)
    world.controller.publish(old)
    bench = Bench(world)
    deploy(bench, world.controller.desire(1, old.rung(), **QUICK))
    assert bench.agent.runner.record.machine.phase is Phase.COMMITTED
    bench.power_off()
    return world.state_dir


@pytest.fixture
def world(tmp_path: Path, committed: Path, built: tuple[SigningKey, Variant, Variant]) -> World:
    key, old, new = built
    shutil.copytree(committed, tmp_path / "state")
    world = World(tmp_path / "state", key, **FAST)
    world.controller.publish(old, new)
    return world


class Bench:
    """Runs an agent's deployment on the test's own thread; what is known-good serves first."""

    def __init__(self, world: World, journal: Journal | None = None) -> None:
        self.agent = world.boot(journal)
        self._stop = threading.Event()
        self.agent.session.start()
        self.agent.effects.resume(self.agent.runner.record)
        self.first = self.agent.effects.serving().variant
        (loop,) = self.agent.serve_loops
        self._serve = threading.Thread(target=loop.run, args=(self._stop,))
        self._serve.start()

    def power_off(self) -> None:
        """End the threads; nothing of the deployment is tidied up."""
        self._stop.set()
        self._serve.join()
        self.agent.session.close()
        self.agent.pool.close()


def deploy(bench: Bench, desired: Desired) -> None:
    bench.agent.runner.handle(Resumed())
    bench.agent.runner.handle(OrderReceived(desired.revision), desired)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 10))
def test_a_power_cut_at_any_save_ends_well(
    world: World, built: tuple[SigningKey, Variant, Variant], at: int, before: bool
) -> None:
    _, _, new = built
    second = world.controller.desire(2, new.rung(), **QUICK)
    path = world.state_dir / "journal.json"
    bench = Bench(world, CutJournal(path, at, before=before))
    cut = False
    try:
        deploy(bench, second)
    except PowerCutError:
        cut = True
    bench.power_off()

    held = Journal(path).load()
    assert held.known_good is not None
    bench = Bench(world)
    runner, effects = bench.agent.runner, bench.agent.effects
    assert bench.first == held.known_good.point.variant, "serves before all else"
    deploy(bench, second)
    record = runner.record
    bench.power_off()
    assert cut or at > 7
    assert record.machine.phase is Phase.COMMITTED
    assert record.known_good == second.primary
    assert effects.serving().variant == "new"


def test_a_power_cut_in_a_rollback_ends_on_the_known_good(
    world: World, built: tuple[SigningKey, Variant, Variant]
) -> None:
    _, _, new = built
    journal = Journal(world.state_dir / "journal.json")
    machine = Machine(
        phase=Phase.ROLLING_BACK, revision=2, highest=2, reason=ReasonCode.OVER_BUDGET, loads=1
    )
    desired = world.controller.desire(2, new.rung())
    journal.save(msgspec.structs.replace(journal.load(), machine=machine, desired=desired))
    bench = Bench(world)
    sent = len(world.controller.sent)
    bench.agent.runner.handle(Resumed())
    bench.power_off()
    said = bench.agent.runner.reported()
    assert (said.phase, said.outcome) == ("FAILED", "rolled_back")
    assert said.serving.variant == "old"
    assert len(world.controller.sent) == sent, "nothing is downloaded for a rollback"


WORKING = ["FETCHING", "VERIFYING", "STAGED", "PROBATION", "ROLLING_BACK"]


@pytest.fixture(params=[False, True], ids=["first", "incumbent"])
def revision(request: pytest.FixtureRequest, tmp_path: Path, committed: Path) -> int:
    """Of the deployment during which the process is killed; the first has nothing to fall back on.

    `tmp_path` holds the device's state and its key.
    """
    shutil.copy(committed.parent / "key.pem", tmp_path)
    if request.param:
        shutil.copytree(committed, tmp_path / "state")
    return 2 if request.param else 1


@pytest.mark.parametrize("phase", [*WORKING, "COMMITTED"])
def test_a_killed_process_goes_on_from_every_phase(
    tmp_path: Path, built: tuple[SigningKey, Variant, Variant], revision: int, phase: str
) -> None:
    key, old, new = built
    state, end = tmp_path / "state", End(Phase(phase), revision)
    # A rollback begins when a newer order meets a probation.
    orders = [new, new] if phase == "ROLLING_BACK" else [new]
    kill_at(state, end, *orders)
    held = Journal(state / "journal.json").load()
    assert (held.machine.phase, held.machine.revision) == (end.phase, revision)
    good = new if phase == "COMMITTED" else old if revision > 1 else None
    assert held.known_good == (good.rung() if good else None)

    bench = Bench(_reborn(state, key, old, new))
    runner = bench.agent.runner
    assert bench.first == (good.name if good else ""), "serves before all else"
    runner.handle(Resumed())
    bench.power_off()
    said = runner.reported()
    assert (said.phase, said.reason) == ("COMMITTED", "")
    assert said.revision == revision + len(orders) - 1
    assert said.serving.variant == "new" and runner.record.known_good == new.rung()


def test_a_process_killed_in_mid_transfer_accounts_for_all_of_it(
    tmp_path: Path, committed: Path, built: tuple[SigningKey, Variant, Variant]
) -> None:
    key, _, _ = built
    shutil.copy(committed.parent / "key.pem", tmp_path)
    wide, state = build("wide", key, seed=2, work=9), tmp_path / "state"
    assert len(wide.chunks) > SLOW_CEILING
    kill_at(state, End(Phase.FETCHING, 1, chunks=3), wide)
    before = Journal(state / "journal.json").load().transfer
    world = _reborn(state, key, wide)
    bench = Bench(world)
    bench.agent.runner.handle(Resumed())
    bench.power_off()
    spent, sent = bench.agent.runner.reported().transfer, world.controller.sent
    assert spent.chunks_missing == 0 < before.chunks_missing
    assert spent.chunks_received == before.chunks_received + len(sent)
    assert spent.chunks_requested == before.chunks_requested + len(sent)
    arrived_bytes = sum(len(compress(wide.chunks[sha])) for sha in sent)
    assert spent.bytes_received == before.bytes_received + arrived_bytes


def _reborn(state: Path, key: SigningKey, *variants: Variant) -> World:
    world = World(state, key, **FAST)
    world.controller.publish(*variants)
    return world
