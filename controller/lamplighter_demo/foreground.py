"""Work in a thread while a terminal application has the screen."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Protocol

STARTING_S = 0.05


class App(Protocol):
    """What is used of Textual's application."""

    def run(self) -> Any: ...

    def call_from_thread(self, callback: Callable[[], Any]) -> Any: ...

    def exit(self) -> None: ...


def run_beside(app: App, work: Callable[[Event], None]) -> bool:
    """Run both until one ends; whether the work has come to its own end.

    The application is closed when the work ends. When the user closes it, the event is set and the
    work is waited for.

    Raises:
        Exception: whatever the work raised.
    """
    closed = Event()
    with ThreadPoolExecutor(1, "beside the screen") as pool:
        under_way = pool.submit(work, closed)
        Thread(target=_close_after, args=(under_way, app, closed), daemon=True).start()
        try:
            app.run()
            ended = under_way.done()
        finally:
            closed.set()
        under_way.result()
    return ended


def _close_after(work: "Future[None]", app: App, closed: Event) -> None:
    """Until it is closed, by us or by the user; it may not have started yet."""
    wait([work])
    while not closed.is_set():
        with suppress(RuntimeError):  # it does not run yet, or not any more
            app.call_from_thread(app.exit)
        closed.wait(STARTING_S)
