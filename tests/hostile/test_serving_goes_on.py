"""Serving waits for no sensor, and goes on after whatever ends or holds its thread."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent import bootstrap
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.device import capabilities
from lamplighter_agent.inference.serve_watch import MOST_ENDS, ServeWatch
from lamplighter_agent.monitoring import patience, process
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Event, Telemetry
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World, build

ROOT = Path(__file__).resolve().parents[2]
FPS = 6.0
STRETCHES = 5  # of frames: the machine's other work may take some from one of them


class Shunt:
    """A power sensor on a slow bus: each reading takes a while, from some moment on for ever."""

    source, rel_error = "ina", 0.02

    def __init__(self, takes_s: float) -> None:
        self.takes_s, self.hangs = takes_s, threading.Event()
        self.freed = threading.Event()

    def energy_j(self) -> float:
        time.sleep(self.takes_s)
        if self.hangs.is_set():
            self.freed.wait()
        return 5.0 * time.monotonic()


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="module")
def variant(key: SigningKey) -> Variant:
    return build("old", key)


@pytest.fixture
def world(tmp_path: Path, key: SigningKey, variant: Variant) -> Iterator[World]:
    world = World(tmp_path / "state", key, telemetry_s=1.0)
    world.controller.publish(variant)
    yield world
    world.stop()


def serve(world: World, variant: Variant) -> None:
    world.start()
    world.controller.deploy(world.controller.desire(1, variant.rung()))
    world.wait_for(1, "committed")


def frames_in(world: World, seconds: float) -> int:
    assert world.agent is not None
    before = world.agent.serve.frames
    time.sleep(seconds)
    return world.agent.serve.frames - before


def keeps_up(world: World, seconds: float) -> bool:
    """Whether all but a few frames come in some stretch: what costs some leaves no such one."""
    return any(frames_in(world, seconds) >= 0.85 * seconds * FPS for _ in range(STRETCHES))


def windows(world: World) -> list[Telemetry]:
    return [m for m in world.controller.all("telemetry") if isinstance(m, Telemetry)]


def test_slow_sensors_cost_no_frame(
    world: World, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    shunt = Shunt(takes_s=0.4)
    monkeypatch.setattr(bootstrap, "find_energy_reader", lambda *_: shunt)
    monkeypatch.setattr(process, "temperature_c", lambda: time.sleep(0.4) or 51.0)
    serve(world, variant)
    assert keeps_up(world, 3.0)
    world.wait(lambda: windows(world)[-1].frames > 0, "windows")
    power = [(w.energy_source, round(w.power_w)) for w in windows(world)[1:]]
    assert ("ina", 5) in power
    assert windows(world)[-1].temperature_c in (51.0, None)


def test_a_sensor_that_hangs_leaves_an_estimate(
    world: World, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    shunt = Shunt(takes_s=0.0)
    monkeypatch.setattr(bootstrap, "find_energy_reader", lambda *_: shunt)
    serve(world, variant)
    shunt.hangs.set()
    try:
        assert frames_in(world, 2.0) >= 0.5 * 2.0 * FPS, "whoever waits for it serves none"
        seen = len(windows(world))
        world.wait(lambda: len(windows(world)) > seen + 1, "windows")
        last = windows(world)[-1]
        assert (last.energy_source, last.temperature_c) == ("estimate", None)
        assert last.power_w >= world.settings.idle_w
    finally:
        shunt.freed.set()


def test_sensors_that_hang_from_the_start_hold_nothing_up(
    world: World, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed = threading.Event()
    monkeypatch.setattr(patience.answered, "__defaults__", (0.2,))
    monkeypatch.setattr(bootstrap, "find_energy_reader", lambda *_: freed.wait())
    for module in (process, capabilities):
        monkeypatch.setattr(module, "temperature_c", freed.wait)
    try:
        serve(world, variant)
        world.wait(lambda: len(windows(world)) > 1, "windows")
        assert windows(world)[-1].energy_source == "estimate"
        assert windows(world)[-1].frames > 0
    finally:
        freed.set()


def test_a_serve_thread_that_ends_is_replaced_and_told(
    world: World, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(world, variant)
    agent, street = world.agent, world.street
    assert agent is not None
    read, broken = street.read, [TypeError("no such frame")]

    def fail_once() -> Frame | None:
        if broken:
            raise broken.pop()
        return read()

    serving = next(thread for thread in threading.enumerate() if thread.name == "serve")
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr(street, "read", fail_once)
    world.wait(lambda: not broken, "what ends the thread")
    serving.join(60.0)  # it leaves the list of threads before it counts as ended
    assert agent.look_after()
    frames = agent.serve.frames
    world.wait(lambda: agent.serve.frames > frames, "frames")
    assert agent.alive
    events = [e.kind for e in world.controller.all("event") if isinstance(e, Event)]
    assert "serving_restarted" in events


class Loop:
    beat_at = 0.0


def test_what_stands_or_ends_again_and_again_needs_a_restart() -> None:
    clock = ManualClock()
    watch, loop = ServeWatch(clock, stands_s=10.0), Loop()
    clock.advance(9.0)
    assert watch.trouble(loop, is_alive=True) is None
    clock.advance(2.0)
    stands = watch.trouble(loop, is_alive=True)
    assert stands is not None and stands.needs_restart and "11 s" in stands.text
    assert ServeWatch(clock, stands_s=0.0).trouble(loop, is_alive=True) is None
    ends = [watch.trouble(loop, is_alive=False) for _ in range(MOST_ENDS)]
    assert [end.needs_restart for end in ends if end] == [False] * (MOST_ENDS - 1) + [True]


HANGING = """
import os, signal, sys, time
from pathlib import Path
import lamplighter_agent.bootstrap, lamplighter_agent.link.identity
from lamplighter_agent import __main__ as program
from lamplighter_wire.signing import SigningKey
from tests.simulators.tiny_world import World
state = Path(sys.argv[1])
second = (state / "hung").exists()
world = World(state, SigningKey.load(state.parent / "key.pem"), watchdog_s=1.0)
agent = world.boot()
read = world.street.read
def reading():
    if second and agent.serve.frames > 2:
        print("served by", os.getpid(), flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
    if not second and agent.serve.frames > 2:
        (state / "hung").touch()
        print("hangs in", os.getpid(), flush=True)
        time.sleep(1e6)
    return read()
world.street.read = reading
lamplighter_agent.bootstrap.bootstrap = lambda *_: agent
class Known:
    device, camera = "cam-1", ""
lamplighter_agent.link.identity.load_identity = lambda folder: Known
sys.exit(program._run(world.settings, None))
"""


def test_an_agent_whose_camera_hangs_starts_anew_by_itself(
    world: World, key: SigningKey, variant: Variant
) -> None:
    serve(world, variant)
    world.stop()
    key.save(world.state_dir.parent / "key.pem")
    command = [sys.executable, "-c", HANGING, str(world.state_dir)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=90, check=False
    )
    said = [line.rsplit(" ", 1) for line in done.stdout.splitlines()]
    assert [words for words, _ in said[:2]] == ["hangs in", "served by"], done.stderr[-2000:]
    assert said[0][1] == said[1][1], "the same process, as far as its supervisor can tell"
    assert done.returncode == 0
    assert "serving has stood" in done.stderr
