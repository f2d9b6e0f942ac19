"""Controller and agent as services: real processes, and a real socket of a service manager."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.signing import SigningKey

from tests.simulators.service_manager import ListeningManager

ROOT = Path(__file__).resolve().parents[2]
WATCHDOG_S = 3.0

AGENT = """
import sys, time
from pathlib import Path
import lamplighter_agent.bootstrap, lamplighter_agent.link.identity
from lamplighter_agent import __main__ as program
from lamplighter_wire.signing import SigningKey
from tests.simulators.tiny_world import World
state = Path(sys.argv[1])
world = World(state, SigningKey.load(state.parent / "key.pem"), watchdog_s=0.0)
agent = world.boot()
read = world.street.read
def reading():
    while (state / "hang").exists():
        time.sleep(0.05)
    return read()
world.street.read = reading
lamplighter_agent.bootstrap.bootstrap = lambda *_: agent
class Known:
    device, camera = "cam-1", ""
lamplighter_agent.link.identity.load_identity = lambda folder: Known
sys.exit(program._run(world.settings, None))
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ListeningManager]:
    made = ListeningManager(tmp_path, WATCHDOG_S)
    yield made
    made.close()


def _start(command: list[str], manager: ListeningManager, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | manager.environ,
            cwd=ROOT,
            stdout=file,
            stderr=file,
        )


@pytest.mark.broker
def test_a_controller_says_when_it_answers_lives_and_ends(
    manager: ListeningManager, tmp_path: Path
) -> None:
    serve = ["-m", "lamplighter_cli", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    log = tmp_path / "log"
    process = _start([*serve, "--broker-port", "0", "--stop-broker"], manager, log)
    try:
        words = manager.wait_for("READY=1")
        assert any(word.startswith("STATUS=the API is at http://") for word in words)
        for _ in range(2):
            manager.wait_for("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        assert process.wait(30) == 0, log.read_text()[-2000:]
    finally:
        process.kill()
        process.wait()


def test_an_agent_gives_signs_of_life_only_while_its_camera_is_served(
    manager: ListeningManager, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    SigningKey.generate().save(tmp_path / "key.pem")
    process = _start(["-c", AGENT, str(state)], manager, tmp_path / "log")
    try:
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        (state / "hang").touch()
        while manager.next(2 * WATCHDOG_S):  # until it has said nothing for so long
            pass
        assert process.poll() is None
        (state / "hang").unlink()
        manager.wait_for("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        assert process.wait(30) == 0, (tmp_path / "log").read_text()[-2000:]
    finally:
        process.kill()
        process.wait()


def test_decisions_do_not_go_on_while_one_of_them_stands() -> None:
    queue, begun, freed = DecisionQueue(SystemClock()), threading.Event(), threading.Event()
    assert not queue.goes_on(60.0), "nothing runs yet"
    queue.start()
    try:
        assert queue.goes_on(60.0)

        def stand() -> None:
            begun.set()
            freed.wait(60.0)

        queue.submit(stand)
        assert begun.wait(30.0)
        assert not queue.goes_on(0.0)
        assert queue.goes_on(3600.0)
        freed.set()
        assert queue.call(lambda: True)
    finally:
        freed.set()
        queue.close()
    assert not queue.goes_on(60.0), "its thread has ended"
