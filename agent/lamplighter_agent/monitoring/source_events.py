"""Publish that the camera is lost, and that it is back."""

from lamplighter_wire.enums import EventKind, Severity, SourceState

from lamplighter_agent.link.reporter import Reporter


def publish_source(reporter: Reporter, state: str) -> None:
    """The camera has a new state (a SourceState)."""
    if state == SourceState.OK:
        reporter.event(EventKind.SOURCE_BACK, Severity.INFO, "the camera is back", {})
    else:
        text, data = f"the camera is {state}", {"state": state}
        reporter.event(EventKind.SOURCE_LOST, Severity.WARNING, text, data)
