"""The benchmark in a process of its own: its result, its memory, and its end."""

from pathlib import Path

import msgspec
import psutil
import pytest
from lamplighter_agent.device import probe_process
from lamplighter_agent.device.probe_process import ProbeTask, measure, probe_apart
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.installed import GROUP
from lamplighter_agent.runtimes.litert import LiteRt
from lamplighter_agent.runtimes.openvino import OpenVino
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Probe

SETTINGS = AgentSettings(device="cam", session_config={"session.disable_quant_qdq": "1"})
# More than the numbers that come back, less than any runtime takes.
ROOM_BYTES = 8_000_000


def test_the_agent_pays_no_memory_for_the_runtimes_that_are_measured() -> None:
    names = ["onnxruntime", *(r.name for r in (LiteRt(), OpenVino()) if r.version())]
    before = psutil.Process().memory_info().rss
    clock = ManualClock()
    probe = probe_apart(SETTINGS, names, clock)
    assert psutil.Process().memory_info().rss - before < ROOM_BYTES
    assert probe.device == "cam"
    assert probe.at == clock.time()
    assert {entry.runtime for entry in probe.entries} == {*names, ""}


def test_only_the_runtimes_that_are_named_are_measured() -> None:
    task = ProbeTask(device="cam", threads=2, session_config={}, runtimes=["onnxruntime"])
    probe = msgspec.json.decode(measure(msgspec.json.encode(task)), type=Probe)
    assert {entry.runtime for entry in probe.entries} == {"onnxruntime", ""}
    assert probe.threads == 2


def test_a_probe_that_fails_says_why() -> None:
    with pytest.raises(EngineError, match="no runtime works here"):
        probe_apart(SETTINGS, [], ManualClock())


TALKATIVE = """
import os

class Talkative:
    name = "talkative"

    def version(self):
        os.write(1, b"Talkative 2.0, licensed to nobody\\n")
        return ""
"""


def test_what_a_library_prints_is_no_part_of_the_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Native libraries greet on the standard output, those of other distributions as well."""
    (tmp_path / "talkative.py").write_text(TALKATIVE)
    described = tmp_path / "talkative-2.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: talkative\nVersion: 2.0\n")
    (described / "entry_points.txt").write_text(f"[{GROUP}]\ntalkative = talkative:Talkative\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    probe = probe_apart(SETTINGS, ["onnxruntime"], ManualClock())
    assert {entry.runtime for entry in probe.entries} == {"onnxruntime", ""}


def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_process, "TIMEOUT_S", 0.01)
    with pytest.raises(EngineError, match="too busy"):
        probe_apart(SETTINGS, ["onnxruntime"], ManualClock())
