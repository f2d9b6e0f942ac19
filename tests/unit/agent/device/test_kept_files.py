"""What is kept from run to run, and when it holds no longer."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.device.capabilities import read_capabilities
from lamplighter_agent.device.kept_files import PROBE_FILE, WORKLOAD_FILE, KeptFiles, conditions_of
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.codec import encode
from lamplighter_wire.messages import Capabilities, Probe, Regime, Workload

PROBE = Probe(device="cam", at=1.0, seconds=2.0)
CAPABILITIES = Capabilities(cores=4, cpu_quota_cores=0.5, runtimes={"onnxruntime": "1.20"})


def test_a_probe_is_kept_while_its_conditions_are_the_same(tmp_path: Path) -> None:
    settings = AgentSettings(session_config={"session.disable_quant_qdq": "1"})
    KeptFiles(tmp_path).keep_probe(PROBE, conditions_of(settings, CAPABILITIES))
    assert KeptFiles(tmp_path).probe(conditions_of(settings, CAPABILITIES)) == PROBE
    here = read_capabilities(settings, {"onnxruntime": "1"})
    assert conditions_of(settings, here) == conditions_of(
        settings, read_capabilities(settings, {"onnxruntime": "1"})
    )


@pytest.mark.parametrize(
    ("settings", "capabilities"),
    [
        ({"threads": 2}, {}),
        ({"session_config": {"session.disable_quant_qdq": "1"}}, {}),
        ({}, {"cpu_quota_cores": 0.25}),
        ({}, {"cores": 2}),
        ({}, {"runtimes": {"onnxruntime": "1.21"}}),
    ],
)
def test_a_probe_made_under_other_conditions_is_none(
    tmp_path: Path, settings: dict[str, object], capabilities: dict[str, object]
) -> None:
    KeptFiles(tmp_path).keep_probe(PROBE, conditions_of(AgentSettings(), CAPABILITIES))
    now = conditions_of(
        AgentSettings(**settings),  # type: ignore[arg-type]
        msgspec.structs.replace(CAPABILITIES, **capabilities),
    )
    assert KeptFiles(tmp_path).probe(now) is None


def test_a_probe_that_names_no_conditions_is_none(tmp_path: Path) -> None:
    (tmp_path / PROBE_FILE).write_bytes(encode(PROBE))
    assert KeptFiles(tmp_path).probe(conditions_of(AgentSettings(), CAPABILITIES)) is None


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    kept, night = KeptFiles(tmp_path), Workload(regime=Regime(light="night"), fps_demand=2.0)
    assert kept.workload() is None
    kept.keep_workload(night)
    assert KeptFiles(tmp_path).workload() == night
    assert kept.workload("north") is None, "each stream has a file of its own"
    kept.keep_workload(Workload(fps_demand=9.0), "north")
    assert kept.workload() == night
    (tmp_path / WORKLOAD_FILE).write_text("{")
    assert kept.workload() is None


def test_what_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    KeptFiles(tmp_path / "state").keep_workload(Workload())
    assert KeptFiles(tmp_path / "state").workload() is None
