"""The newest lines of the log stay in memory, without what nobody may read there."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from lamplighter_agent.logs import MOST_KEPT, RecentLog, set_up_logging
from lamplighter_wire.policy.log_limits import MOST_TEXT


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger("lamplighter_agent.street")
    before = made.propagate, made.level
    made.propagate = False
    made.setLevel(logging.DEBUG)
    yield made
    made.handlers.clear()
    made.propagate, made.level = before


def test_lines_are_kept_in_order_and_the_oldest_go(logger: logging.Logger) -> None:
    recent = RecentLog()
    logger.addHandler(recent)
    for number in range(MOST_KEPT + 3):
        logger.info("frame %d", number)
    lines = recent.lines()
    assert len(lines) == MOST_KEPT
    assert (lines[0].text, lines[-1].text) == ("frame 3", f"frame {MOST_KEPT + 2}")
    assert (lines[0].level, lines[0].logger) == ("info", "lamplighter_agent.street")
    assert lines[0].at <= lines[-1].at


def test_secrets_are_taken_out_of_texts_and_trace_backs(logger: logging.Logger) -> None:
    logger.addHandler(recent := RecentLog(lambda text: text.replace("hunter2", "…")))
    try:
        raise ValueError("rtsp://op:hunter2@cam")
    except ValueError:
        logger.exception("lost %s", "hunter2")
    (line,) = recent.lines()
    assert line.text.startswith("lost … | Traceback")
    assert line.text.endswith("ValueError: rtsp://op:…@cam")
    assert line.text.isprintable()


def test_of_what_is_too_long_the_begin_and_the_end_stay(logger: logging.Logger) -> None:
    logger.addHandler(recent := RecentLog())
    logger.error("begin %s the cause", "x" * 5 * MOST_TEXT)
    (line,) = recent.lines()
    assert len(line.text) == MOST_TEXT
    assert line.text.startswith("begin x")
    assert line.text.endswith("x the cause")


def test_a_line_that_cannot_be_formed_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    recent = RecentLog()
    for text, arguments in (("%d", ("no number",)), ("goes on", ())):
        recent.handle(logging.LogRecord("cam", logging.INFO, "", 0, text, arguments, None))
    assert [line.text for line in recent.lines()] == ["goes on"]
    assert "no number" in capsys.readouterr().err


def test_the_process_logs_to_its_memory_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        recent = set_up_logging("cam-1", "warning")
        root.info("nobody hears")
        root.warning("dim light")
        assert [(line.level, line.text) for line in recent.lines()] == [("warning", "dim light")]
    finally:
        root.handlers[:], root.level = before
