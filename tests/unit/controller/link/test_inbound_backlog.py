"""A controller that is late reads no more than it can hold."""

import threading

from lamplighter_controller.link.inbound import Backlog

PATIENCE_S = 60.0


def test_a_reader_is_held_up_until_something_is_handled() -> None:
    handled: list[str] = []
    backlog = Backlog(most=2, longest_s=PATIENCE_S)
    first = backlog.admit(lambda: handled.append("first"))
    backlog.admit(lambda: handled.append("second"))
    admitted = threading.Event()

    def read_third() -> None:
        backlog.admit(lambda: None)
        admitted.set()

    reader = threading.Thread(target=read_third)
    reader.start()
    assert not admitted.wait(0.1)
    first()
    assert admitted.wait(PATIENCE_S)
    assert handled == ["first"]
    reader.join()


def test_a_reader_is_not_held_up_for_ever() -> None:
    backlog = Backlog(most=1, longest_s=0.01)
    for _ in range(3):
        backlog.admit(lambda: None)
