"""What a disk does to the state folder never stops what is known-good: it is noticed and mended."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_agent.agent import Agent
from lamplighter_agent.deployment.journal import COPY
from lamplighter_wire.messages import Event
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World, build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="module")
def variants(key: SigningKey) -> tuple[Variant, Variant]:
    return build("old", key), build("spare", key, seed=1)


@pytest.fixture(scope="module")
def committed(
    tmp_path_factory: pytest.TempPathFactory, key: SigningKey, variants: tuple[Variant, Variant]
) -> Path:
    """State of a device that serves `old`, revision 1, and holds `spare`; the key is beside it."""
    home = tmp_path_factory.mktemp("committed")
    key.save(home / "key.pem")
    world, (old, spare) = World(home / "state", key), variants
    world.controller.publish(*variants)
    world.start()
    world.controller.deploy(world.controller.desire(1, old.rung(), ladder=[spare.rung()]))
    world.wait(lambda: world.controller.reported().resident == ["old", "spare"], "the ladder")
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


def serves(agent: Agent) -> str:
    current = agent.serve.serving
    return current.point.variant if current else ""


def told(world: World) -> list[str]:
    events = [e for e in world.controller.all("event") if isinstance(e, Event)]
    return [f"{e.data['variant']} {e.kind}" for e in events if e.kind.startswith("variant_")]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def become_a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    (path / "inside").mkdir(parents=True)


def become_garbage(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.write_bytes(b"\x00garbage" * 200)


def vanish(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


Harm = Callable[[Path], None]


@pytest.mark.parametrize("file", ["tensors.bin", "model.onnx", "manifest.json"])
@pytest.mark.parametrize("harm", [flip, cut, vanish, become_a_folder])
def test_a_damaged_file_of_what_serves_is_mended_from_the_chunks_before_it_serves(
    world: World, variants: tuple[Variant, Variant], file: str, harm: Harm
) -> None:
    path = world.state_dir / "slots" / variants[0].sha / file
    whole = path.read_bytes()
    harm(path)
    agent = world.start()
    world.wait(lambda: serves(agent) != "", "what is known-good")
    assert serves(agent) == "old"
    assert path.read_bytes() == whole
    world.wait(lambda: len(told(world)) == 2, "the events")
    assert told(world) == ["old variant_damaged", "old variant_mended"]
    assert world.controller.sent == []


def test_what_the_chunks_do_not_mend_is_fetched_while_another_rung_serves(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    control, slot = world.controller, world.state_dir / "slots" / variants[0].sha
    whole = (slot / "tensors.bin").read_bytes()
    flip(slot / "tensors.bin")
    for chunk in (world.state_dir / "chunks").glob("*/*"):
        flip(chunk)
    control.silent = True
    agent = world.start()
    world.wait(lambda: control.reported().damaged == ["old"], "the report")
    assert control.reported().serving.variant == "spare" == serves(agent)
    frames = agent.serve.frames
    world.wait(lambda: agent.serve.frames > frames, "frames")
    control.silent = False
    world.wait(lambda: serves(agent) == "old", "what is known-good")

    def told_whole() -> bool:
        said = control.reported()
        return said.damaged == [] and said.serving.variant == "old"

    world.wait(told_whole, "the report")
    assert (slot / "tensors.bin").read_bytes() == whole
    assert told(world) == ["old variant_damaged", "old variant_mended"]
    assert control.sent


def test_an_order_goes_before_what_is_fetched_to_mend(
    world: World, variants: tuple[Variant, Variant]
) -> None:
    control = world.controller
    flip(world.state_dir / "slots" / variants[0].sha / "tensors.bin")
    shutil.rmtree(world.state_dir / "chunks")
    control.silent = True
    world.start()
    world.wait(lambda: control.reported().damaged == ["old"], "the report")
    control.silent = False
    control.deploy(control.desire(2, variants[1].rung(ap50=0.9)))
    assert world.wait_for(2, "committed").serving.variant == "spare"


@pytest.mark.parametrize("harm", [become_garbage, vanish, become_a_folder])
@pytest.mark.parametrize("file", ["journal.json", COPY, "outbox.sqlite"])
def test_a_damaged_file_of_the_state_stops_nothing(world: World, file: str, harm: Harm) -> None:
    harm(world.state_dir / file)
    agent = world.start()
    world.wait(lambda: serves(agent) == "old", "what is known-good")
    frames = agent.serve.frames
    world.wait(lambda: agent.serve.frames > frames, "frames")
    world.wait(lambda: world.controller.reported().serving.variant == "old", "the report")
    assert agent.runner.highest_revision == 1
    world.wait(lambda: world.controller.all("telemetry") != [], "telemetry")


@pytest.mark.parametrize("harm", [become_garbage, vanish])
@pytest.mark.parametrize("folder", ["chunks", "slots"])
def test_a_damaged_folder_of_the_state_is_made_anew(world: World, folder: str, harm: Harm) -> None:
    harm(world.state_dir / folder)
    agent = world.start()
    world.wait(lambda: serves(agent) == "old", "what is known-good")


READ_ONLY = """
import sys, time
from pathlib import Path
from lamplighter_wire.signing import SigningKey
from tests.faults.test_damaged_disk import serves
from tests.simulators.tiny_world import World
state = Path(sys.argv[1])
world = World(state, SigningKey.load(state.parent / "key.pem"))
agent = world.start()
world.wait(lambda: agent.serve.frames > 2, "frames")
print("serves", serves(agent))
world.stop()
"""


@pytest.mark.parametrize("damage", [[], ["journal.json"], ["journal.json", "outbox.sqlite"]])
def test_a_read_only_disk_serves_what_is_known_good(
    tmp_path: Path, committed: Path, damage: list[str]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(committed.parent, home)
    for file in damage:
        become_garbage(home / "state" / file)
    half = home / "state/chunks/ab/half.tmp"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"left by a power cut")
    mount = f"mount --bind {home} {home} && mount -o remount,ro,bind {home}"
    tried = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this user mounts nothing read-only")
    script = f'{mount} && exec "$0" -c "$1" {home / "state"}'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable, READ_ONLY],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=100,
        check=False,
    )
    assert "serves old" in done.stdout, done.stderr[-3000:]
