"""A journal that cannot be written holds a deployment up; it neither ends it nor what serves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.deployment.desired_intake import claimed_revision
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, Phase
from lamplighter_agent.errors import DiskFullError
from lamplighter_wire.blobs import compress
from lamplighter_wire.codec import encode
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired, Envelope, Reported
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World, build

RETRY_S = 0.05
NEVER_S = 600.0


class SmallDisk(Journal):
    """Full while `full`, and for good from the save of phase `full_at` of revision 2 on."""

    def __init__(self, path: Path, full_at: Phase | None = None) -> None:
        super().__init__(path)
        self.full, self.refused = False, 0
        self._full_at = full_at

    def save(self, record: Record) -> None:
        if (record.machine.revision, record.machine.phase) == (2, self._full_at):
            self.full, self._full_at = True, None
        if self.full:
            self.refused += 1
            raise DiskFullError("no room")
        super().save(record)


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="module")
def variants(key: SigningKey) -> tuple[Variant, Variant]:
    return build("old", key), build("new", key, seed=1)


@pytest.fixture(scope="module")
def committed(
    tmp_path_factory: pytest.TempPathFactory, key: SigningKey, variants: tuple[Variant, Variant]
) -> Path:
    """State of a device that serves `old`, revision 1."""
    world = World(tmp_path_factory.mktemp("committed") / "state", key)
    world.controller.publish(*variants)
    world.start()
    world.controller.deploy(world.controller.desire(1, variants[0].rung()))
    world.wait_for(1, "committed")
    world.stop()
    return world.state_dir


@pytest.fixture
def world(
    tmp_path: Path, committed: Path, key: SigningKey, variants: tuple[Variant, Variant]
) -> Iterator[World]:
    shutil.copytree(committed, tmp_path / "state")
    world = World(tmp_path / "state", key)
    world.controller.publish(*variants)
    yield world
    world.stop()


def start(world: World, journal: Journal) -> None:
    agent = world.boot(journal)
    agent.runner._retry_s = RETRY_S  # noqa: SLF001 - minutes otherwise
    agent.start()


def told(world: World, reason: str) -> list[Reported]:
    said = [m for m in world.controller.all("reported") if isinstance(m, Reported)]
    return [m for m in said if m.reason == reason]


@pytest.mark.parametrize("phase", ["FETCHING", "VERIFYING", "STAGED", "PROBATION", "COMMITTED"])
def test_a_full_disk_at_any_phase_is_told_and_the_step_done_when_there_is_room(
    world: World, variants: tuple[Variant, Variant], phase: str
) -> None:
    disk = SmallDisk(world.state_dir / "journal.json", Phase(phase))
    start(world, disk)
    world.controller.deploy(world.controller.desire(2, variants[1].rung(ap50=0.9)))
    world.wait(lambda: disk.refused > 2, "more than one try")
    world.wait(lambda: bool(told(world, ReasonCode.DISK_FULL)), "the reason")
    assert len(told(world, ReasonCode.DISK_FULL)) == 1, "said once, not at every try"
    assert world.agent is not None and world.agent.effects.serving().variant
    disk.full = False
    assert world.wait_for(2, "committed").serving.variant == "new"
    assert disk.load().known_good == variants[1].rung(ap50=0.9)


def test_a_device_serves_from_a_full_disk_after_a_restart(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    journal = Journal(world.state_dir / "journal.json")
    desired = world.controller.desire(2, variants[1].rung(ap50=0.9))
    machine = Machine(phase=Phase.FETCHING, revision=2, highest=2, entries=1, fetches=1, loads=1)
    held = journal.load()
    journal.save(Record(machine=machine, desired=desired, known_good=held.known_good))
    disk = SmallDisk(world.state_dir / "journal.json")
    disk.full = True
    start(world, disk)
    world.wait(lambda: disk.refused > 2, "more than one try")
    assert world.agent is not None and world.agent.effects.serving().variant == "old"
    disk.full = False
    assert world.wait_for(2, "committed").serving.variant == "new"


def test_a_rollback_does_not_wait_for_the_disk(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    disk = SmallDisk(world.state_dir / "journal.json", Phase.ROLLING_BACK)
    start(world, disk)
    control, better = world.controller, variants[1].rung(ap50=0.9)
    control.deploy(control.desire(2, better, probation_s=NEVER_S))
    world.wait(lambda: control.reported().phase == "PROBATION", "probation")
    control.deploy(control.desire(3, better))
    agent = world.agent
    assert agent is not None
    world.wait(lambda: disk.full and agent.effects.serving().variant == "old", "the known-good")
    disk.full = False
    assert world.wait_for(3, "committed").serving.variant == "new"


def test_a_device_that_is_stopped_in_a_probation_again_and_again_goes_on_with_it(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    control = world.controller
    control.deploy(control.desire(2, variants[1].rung(ap50=0.9), probation_s=NEVER_S))
    for _ in range(4):
        world.start()
        world.wait(lambda: control.reported().phase in ("PROBATION", "FAILED"), "probation")
        assert control.reported().phase == "PROBATION"
        world.stop()
    machine = Journal(world.state_dir / "journal.json").load().machine
    assert (machine.phase, machine.loads) == (Phase.PROBATION, 0)


def test_an_end_that_nobody_asked_for_counts(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    control = world.controller
    control.deploy(control.desire(2, variants[1].rung(ap50=0.9), probation_s=NEVER_S))
    agent = world.start()
    world.wait(lambda: control.reported().phase == "PROBATION", "probation")
    agent.runner.stop(on_purpose=False)
    world.stop()
    assert Journal(world.state_dir / "journal.json").load().machine.loads == 1


def test_everything_that_came_is_counted(world: World, variants: tuple[Variant, Variant]) -> None:
    control, more = world.controller, build("more", world.key, seed=2)
    control.publish(more)
    world.start()
    control.deploy(control.desire(2, variants[1].rung(ap50=0.9), ladder=[more.rung()]))
    world.wait(lambda: control.reported().resident == ["new", "more"], "the ladder")
    spent = control.reported().transfer
    on_the_wire = sum(len(compress(control.chunks[sha])) for sha in control.sent)
    assert spent.bytes_received == on_the_wire
    assert spent.chunks_received == spent.chunks_requested == len(control.sent)
    assert spent.chunks_missing == 0 < spent.chunks_total < spent.chunks_received


def test_a_refusal_names_the_revision_that_it_means(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    control, agent = world.controller, world.start()
    control.deploy(control.desire(2, variants[1].rung(ap50=0.9)))
    world.wait_for(2, "committed")
    agent.runner.refuse(ReasonCode.EXPIRED, "too late", 7)
    world.wait(lambda: bool(told(world, ReasonCode.EXPIRED)), "a refusal")
    agent.runner.submit(control.desire(1, variants[0].rung()))
    world.wait(lambda: bool(told(world, ReasonCode.STALE_REVISION)), "another")
    refused = told(world, ReasonCode.EXPIRED) + told(world, ReasonCode.STALE_REVISION)
    assert [(m.revision, m.refused_revision) for m in refused] == [(2, 7), (2, 1)]
    assert agent.runner.reported().refused_revision == 0


@pytest.mark.parametrize(
    ("payload", "revision"),
    [(encode(Desired(revision=7)), 7), (b"{", 0), (b"[]", 0), (b"\xff", 0), (b"", 0)],
)
def test_the_revision_of_what_is_not_believed(payload: bytes, revision: int) -> None:
    assert claimed_revision(Envelope(payload=payload)) == revision
