"""What is published, in which order, and that nobody waits for it."""

import threading
from pathlib import Path

import pytest
from lamplighter_agent.link.reporter import MAX_WAITING, Reporter
from lamplighter_wire.enums import EventKind, Outcome, Severity, TriggerKind
from lamplighter_wire.messages import Event, OperatingPoint, Reported, Telemetry

from tests.simulators.listening_controller import DEVICE, ListeningController


@pytest.fixture
def controller(tmp_path: Path) -> ListeningController:
    return ListeningController(tmp_path)


def test_the_end_of_a_deployment_is_one_event_however_often_it_is_reported(
    controller: ListeningController,
) -> None:
    reporter = controller.reporter
    reporter.report(Reported(revision=1, phase="FETCHING"))
    for _ in range(2):
        reporter.report(Reported(revision=1, phase="COMMITTED", outcome=Outcome.COMMITTED))
    reporter.report(Reported(revision=2, phase="REJECTED", outcome=Outcome.REJECTED))
    assert controller.events() == [("deployment", "info"), ("deployment", "warning")]
    (last,) = controller.messages("reported")
    assert isinstance(last, Reported) and last.revision == 2, "the newest is retained"


def test_events_telemetry_and_requests_carry_device_and_time(
    controller: ListeningController,
) -> None:
    reporter, day = controller.reporter, OperatingPoint(variant="day")
    reporter.event(EventKind.BREACH, Severity.WARNING, "too slow", {"n": 1})
    reporter.telemetry(Telemetry(device=DEVICE, frames=3))
    reporter.request_recompression(TriggerKind.SHIFT, 7, served=day)
    (event,) = controller.messages("event")
    (window,) = controller.messages("telemetry")
    (request,) = controller.requests()
    assert event.device == request.device == DEVICE  # type: ignore[attr-defined]
    assert event.at == request.at == controller.clock.time()  # type: ignore[attr-defined]
    assert window.frames == 3  # type: ignore[attr-defined]
    assert (request.revision, request.served) == (7, day)


def test_a_camera_is_lost_and_back(controller: ListeningController) -> None:
    for state in ("lost", "ok"):
        controller.reporter.source_state(state)
    assert controller.events() == [("source_lost", "warning"), ("source_back", "info")]
    controller.reporter.source_state("lost", "north")
    event = controller.messages("event")[-1]
    assert isinstance(event, Event)
    assert (event.stream, event.text) == ("north", "the camera north is lost; it is tried again")


def test_a_thread_that_hangs_costs_messages_and_stops_nobody(
    controller: ListeningController, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(MAX_WAITING + 1):
        controller.reporter.later(lambda: None)
    assert "a message is lost" in caplog.text


def test_the_thread_does_what_comes_until_it_is_stopped(controller: ListeningController) -> None:
    reporter: Reporter = controller.reporter
    done, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=reporter.run, args=(stop,))
    thread.start()
    reporter.later(done.set)
    assert done.wait(60.0)
    stop.set()
    thread.join(60.0)
    assert not thread.is_alive()
