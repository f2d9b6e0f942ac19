"""The benchmark as tables and as a picture."""

from pathlib import Path

from lamplighter_demo.benchmarks.envelopes.bench_envelopes import write_figures

from tests.simulators.measured_devices import measured_device, measurements, network


def test_a_run_is_written_as_figures_tables_and_a_picture(tmp_path: Path) -> None:
    specs = network("full") + network("half", 0.4, 0.7)
    specs = [*specs]
    for number, spec in enumerate(specs):
        spec.street_ap50["street"] = dict.fromkeys(spec.sizes, 0.8 - 0.1 * (number > 1))
    run = measurements(specs, [measured_device(specs, name="fast"), measured_device(specs)])
    text = write_figures(run, tmp_path)
    assert "| slower than fp32 | 0 | 0.000 | 0.000 |" in text
    assert "| fast | full | onnxruntime int8 |" in text
    assert (tmp_path / "envelopes.png").stat().st_size > 10_000
    assert (tmp_path / "figures.json").exists()
