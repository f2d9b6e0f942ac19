"""Power may fail between any two instructions: the device comes back with a known-good model."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.deployment import Machine, Phase, Restarted, Wanted
from lamplighter_agent.journal import Journal, Record
from lamplighter_wire.messages import Desired, ReasonCode
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World, build

PHASES = ["FETCHING", "STAGED", "PROBATION"]


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


QUICK = {"probation_frames": 1, "probation_s": 0.05}
FAST = {"fps_floor": 8.0, "fps_cap": 8.0}


@pytest.fixture(scope="module")
def committed(
    tmp_path_factory: pytest.TempPathFactory, built: tuple[SigningKey, Variant, Variant]
) -> Path:
    """State of a device that serves `old`, revision 1."""
    key, old, _ = built
    world = World(tmp_path_factory.mktemp("committed") / "state", key, **FAST)
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
    """Runs an agent's deployment on the test's own thread."""

    def __init__(self, world: World, journal: Journal | None = None) -> None:
        self.agent = world.boot(journal)
        self._stop = threading.Event()
        parts = self.agent._parts
        session = parts.session
        session.handle(blob=parts.fetcher.on_blob, online=parts.fetcher.on_connected)
        session.start()
        self._serve = threading.Thread(target=self.agent.serve.run, args=(self._stop,))
        self._serve.start()

    def power_off(self) -> None:
        """End the threads; nothing of the deployment is tidied up."""
        self._stop.set()
        self._serve.join()
        self.agent._parts.session.close()
        self.agent._parts.pool.close()


def deploy(bench: Bench, desired: Desired) -> None:
    bench.agent.runner.handle(Restarted())
    bench.agent.runner.handle(Wanted(desired.revision), desired)


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
    runner, duties = bench.agent.runner, bench.agent.duties
    duties.resume(runner.record)
    assert duties.serving().variant == held.known_good.point.variant, "serves before all else"
    deploy(bench, second)
    record = runner.record
    bench.power_off()
    assert cut or at > 7
    assert record.machine.phase is Phase.COMMITTED
    assert record.known_good == second.primary
    assert duties.serving().variant == "new"


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
    bench.agent.runner.handle(Restarted())
    bench.power_off()
    said = bench.agent.runner.reported()
    assert (said.phase, said.outcome) == ("FAILED", "rolled_back")
    assert said.serving.variant == "old"
    assert len(world.controller.sent) == sent, "nothing is downloaded for a rollback"


CHILD = """
import sys, time
from pathlib import Path
from lamplighter_agent.journal import Journal
from lamplighter_wire.signing import SigningKey
from tests.simulators.tiny_world import World, build

state, linger, revision = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

class Lingering(Journal):
    def save(self, record):
        super().save(record)
        if record.machine.phase == linger and record.machine.revision == revision:
            print("here", flush=True)
            time.sleep(60)

key = SigningKey.load(state.parent / "key.pem")
world = World(state, key, fps_floor=6.0, fps_cap=6.0)
variants = [build("old", key, work=1), build("new", key, seed=1)]
world.controller.publish(*variants)
world.start(Lingering(state / "journal.json"))
variant = variants[revision - 1]
world.controller.deploy(world.controller.desire(revision, variant.rung(), expires_at=4e9))
said = world.wait_for(revision, "committed")
print("end", said.phase, said.serving.variant, flush=True)
world.stop()
"""


def child(state: Path, linger: str, revision: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(state), linger, str(revision)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_process_goes_on_from_every_phase(tmp_path: Path, phase: str) -> None:
    SigningKey.generate().save(tmp_path / "key.pem")
    state = tmp_path / "state"
    doomed = child(state, phase, 1)
    assert doomed.stdout is not None
    assert doomed.stdout.readline() == "here\n"
    doomed.kill()
    doomed.wait()
    survivor = child(state, "", 1)
    out, _ = survivor.communicate(timeout=60)
    assert out.splitlines()[-1] == "end COMMITTED old"
