"""What builds on this machine take in."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_cli.build_inputs import layer_rates, own_subject, recipe_named
from lamplighter_cli.errors import CommandError
from lamplighter_wire.messages import Probe, ProbeEntry


def _probe(path: Path) -> Path:
    entries = [
        ProbeEntry(name="dense_fp32", latency_p50_ms=10.0, work_mmac=100.0),
        ProbeEntry(name="dense_int8", latency_p50_ms=2.0, work_mmac=100.0),
        ProbeEntry(name="depthwise_int8", latency_p50_ms=3.0, work_mmac=10.0),
        ProbeEntry(name="memory", runtime="", latency_p50_ms=5.0, bytes_moved=10_000_000),
    ]
    path.write_bytes(msgspec.json.encode(Probe(entries=entries)))
    return path


def test_rates_are_those_of_the_recipes_precision(tmp_path: Path) -> None:
    probe = _probe(tmp_path / "probe.json")
    rates = layer_rates(probe, recipe_named("int8-p50", None))
    assert (rates.dense_ms_per_mmac, rates.depthwise_ms_per_mmac) == (0.02, 0.3)
    assert (rates.ms_per_mb, rates.value_bytes) == (0.5, 1)
    assert layer_rates(probe, recipe_named("p50", None)).value_bytes == 4


def test_a_probe_without_the_recipes_runtime_is_refused(tmp_path: Path) -> None:
    probe = _probe(tmp_path / "probe.json")
    with pytest.raises(CommandError, match="litert"):
        layer_rates(probe, recipe_named("litert-int8-p50", None))


def test_what_is_no_probe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "probe.json").write_text("hello")
    for path in (tmp_path / "probe.json", tmp_path / "missing.json"):
        with pytest.raises(CommandError, match="cannot be read"):
            layer_rates(path, recipe_named("p50", None))


def test_a_folder_without_a_model_cannot_be_measured(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no model"):
        own_subject(tmp_path / "nothing", tmp_path)
