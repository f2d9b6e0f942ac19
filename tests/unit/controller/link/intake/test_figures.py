"""Figures that cannot be count as not measured; the rest of a message is kept."""

import msgspec
import pytest
from lamplighter_controller.link.intake.figures import FigureError, without_impossible
from lamplighter_wire.messages import (
    Birth,
    Capabilities,
    Event,
    Message,
    Probe,
    ProbeEntry,
    Telemetry,
)

IMPOSSIBLE = (1e308, -1.0, float("nan"), float("inf"), 1e-300)


def test_an_honest_message_is_left_as_it_is() -> None:
    window = Telemetry(
        seq=7, start=1.7e9, frames=50, latency_p50_ms=12.5, temperature_c=-12.0, counts={"a": {}}
    )
    same, flaws = without_impossible(window)
    assert same is window
    assert flaws == []


@pytest.mark.parametrize("kind", Message.__subclasses__())
def test_what_is_told_of_nothing_is_no_fault(kind: type[Message]) -> None:
    message = kind()
    same, flaws = without_impossible(message)
    assert (same, flaws) == (message, [])


@pytest.mark.parametrize("value", IMPOSSIBLE)
def test_a_window_loses_the_figure_and_keeps_its_counts(value: float) -> None:
    window = Telemetry(seq=7, latency_p50_ms=value, counts={"in": {"car": 3}})
    kept, flaws = without_impossible(window)
    assert flaws == ["latency_p50_ms"]
    assert kept == msgspec.structs.replace(window, latency_p50_ms=0.0)


@pytest.mark.parametrize("value", IMPOSSIBLE)
def test_facts_and_probes_are_looked_at_within(value: float) -> None:
    capabilities, _ = without_impossible(Capabilities(active_w_per_core=value, cores=4))
    assert capabilities == Capabilities(cores=4)
    entry = ProbeEntry(name="dense_fp32", latency_p50_ms=value, work_mmac=10.0)
    probe, _ = without_impossible(Probe(entries=[entry, ProbeEntry(latency_p50_ms=2.0)]))
    assert [e.latency_p50_ms for e in probe.entries] == [0.0, 2.0]


def test_what_a_device_adds_by_itself_is_finite_as_well() -> None:
    event, flaws = without_impossible(
        Event(seq=1, data={"loss": 1e308, "text": "x", "more": [1, {"deep": float("inf")}]})
    )
    assert event.data == {"text": "x", "more": [1, {}]}
    assert flaws == ["data", "data"]


@pytest.mark.parametrize(
    "message",
    [
        Telemetry(seq=2**63 - 1),
        Telemetry(start=1e308),
        Birth(epoch=-1),
        Birth(highest_revision=2**60),
    ],
)
def test_what_a_message_is_known_by_is_never_replaced(message: Message) -> None:
    with pytest.raises(FigureError):
        without_impossible(message)
