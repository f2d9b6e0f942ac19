"""The engine is handed on in order."""

import threading
import time
from collections.abc import Callable

from lamplighter_agent.inference.turn import Turn

PATIENCE_S = 60.0


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_who_has_just_had_it_waits_behind_those_who_asked_meanwhile() -> None:
    turn, order, asked = Turn(), [], []

    def ask(name: str) -> None:
        asked.append(name)
        with turn:
            order.append(name)
            until(lambda: len(asked) == 5)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    with turn:
        for n, thread in enumerate(threads, start=1):
            thread.start()
            until(lambda n=n: len(turn._waiting) == n)  # type: ignore[misc]  # noqa: SLF001
    ask("again")
    for thread in threads:
        thread.join(PATIENCE_S)
    assert order == ["a", "b", "c", "d", "again"]


def test_one_at_a_time() -> None:
    turn, inside, most = Turn(), [], []

    def work() -> None:
        for _ in range(200):
            with turn:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (len(most), max(most)) == (800, 1)


def test_what_fails_hands_it_on() -> None:
    turn = Turn()
    try:
        with turn:
            raise ValueError
    except ValueError:
        pass
    with turn:
        pass
