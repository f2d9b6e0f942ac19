"""Cells of the fleet table for devices that a small city does not have."""

import msgspec
import pytest
from lamplighter_client.documents import Device, Notice, Stream
from lamplighter_controller.dashboard import details, plots, view
from lamplighter_controller.dashboard.markup import said
from lamplighter_wire.enums import Outcome, Severity
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Probe,
    ProbeEntry,
    Regime,
    Reported,
    Telemetry,
    Transfer,
    Workload,
)

WINDOW = Telemetry(fps_served=3.0, fps_demand=5.0, latency_p95_ms=28.0, power_w=2.8)


def device(*kinds: str, severity: Severity = Severity.ERROR, **facts: object) -> Device:
    attention = [Notice(severity=severity, kind=kind) for kind in kinds]
    plain = Device(id="cam-1", online=True, telemetry=WINDOW, attention=attention)
    return msgspec.structs.replace(plain, **facts)


def test_a_frame_rate_that_breaks_a_limit_is_red() -> None:
    assert view.rate(device("breach_frames")) == "[bold red]3.0/5.0[/]"
    assert view.rate(device("dropped")) == "[yellow]3.0/5.0[/]"
    assert view.rate(device()) == "3.0/5.0"


def test_latency_and_power_are_red_where_they_break_a_limit() -> None:
    assert view.latency(device("breach_latency")) == "[bold red]28.0[/]"
    assert view.power(device("breach_power")) == "[bold red]2.80[/]"
    assert view.power(device("breach_latency")) == "2.80"


@pytest.mark.parametrize("cell", [view.rate, view.latency, view.energy, view.power])
def test_a_device_that_is_gone_shows_no_figures(cell: object) -> None:
    assert callable(cell)
    assert cell(device(online=False)) == view.NOTHING
    assert cell(device(telemetry=None)) == view.NOTHING


def test_only_an_estimate_of_energy_carries_a_tilde() -> None:
    estimate = Telemetry(energy_mj_per_frame=88.0, energy_source="estimate")
    metered = Telemetry(energy_mj_per_frame=88.0, energy_source="rapl")
    assert view.energy(device(telemetry=estimate)) == "~88"
    assert view.energy(device(telemetry=metered)) == "88"


def test_errors_rank_before_warnings_before_calm() -> None:
    assert view.rank(device("offline"))[0] == 0
    assert view.rank(device("stuck", severity=Severity.WARNING))[0] == 1
    assert view.rank(device())[0] == 2


def test_what_was_measured_last_counts_before_what_was_reported() -> None:
    small = OperatingPoint(variant="small", width=256, height=192)
    large = OperatingPoint(variant="large", width=512, height=384)
    reported = Reported(serving=large)
    both = device(telemetry=Telemetry(serving=small), reported=reported)
    assert (view.serving(both), view.size(both)) == ("small", "256x192")
    assert view.serving(device(reported=reported)) == "large"
    assert view.size(device()) == view.NOTHING


def test_the_update_shows_how_much_is_fetched_and_how_it_ended() -> None:
    transfer = Transfer(chunks_total=40, chunks_missing=10)
    fetching = Reported(phase="FETCHING", transfer=transfer)
    failed = Reported(phase="FAILED", outcome=Outcome.FAILED, reason="[disk]")
    assert view.state(device(reported=fetching)) == "[cyan]fetching 75 %[/]"
    assert view.state(device(reported=failed)) == f"[bold red]failed {said('[disk]')}[/]"
    assert view.state(device()) == "[dim]waiting[/]"


def test_what_a_device_says_is_no_markup() -> None:
    workload = Workload(regime=Regime(light="[bold]"))
    assert view.regime(device(workload=workload)) == said("[bold] dry free")


def test_a_gateway_shows_each_of_its_cameras() -> None:
    north = Stream(stream="north", telemetry=WINDOW)
    south = Stream(stream="south", telemetry=msgspec.structs.replace(WINDOW, source_state="lost"))
    lines = details.device_line(device(streams=[north, south, Stream(stream="new")])).splitlines()
    assert lines[1].startswith("[b]north[/]") and "3.0/5.0 fps" in lines[1]
    assert "lost" in lines[2] and "lost" not in lines[1]
    assert "nothing heard yet" in lines[3]
    assert len(details.device_line(device()).splitlines()) == 1


def test_each_stream_has_a_curve_of_its_own() -> None:
    windows = [Telemetry(stream=name, seq=n) for n in (1, 2) for name in ("north", "south")]
    streams = plots.streams_in(windows)
    assert {name: [w.seq for w in some] for name, some in streams.items()} == {
        "north": [1, 2],
        "south": [1, 2],
    }


def test_what_a_probe_measured_is_told_apart_by_runtime() -> None:
    entries = [
        ProbeEntry(name="dense_fp32", runtime=runtime, latency_p50_ms=latency_ms)
        for runtime, latency_ms in (("onnxruntime", 3.9), ("litert", 4.7))
    ]
    text = details.capabilities_text(
        device(capabilities=Capabilities(machine="x86_64"), probe=Probe(entries=entries))
    )
    assert "probe, onnxruntime:[/] dense_fp32 3.9 ms\n" in text
    assert text.endswith("probe, litert:[/] dense_fp32 4.7 ms")
