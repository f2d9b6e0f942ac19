"""A runtime is tried in a process of its own: what ends that process does not end the agent's."""

import sys
from pathlib import Path

import pytest
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.self_test import failure_of, run_small_network

PLUGIN = """
import os, signal

class {name}:
    name = "{key}"
    def version(self): return "1"
    def precisions(self): return ("fp32",)
    def probe_run(self, network, threads, session_config):
        {body}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where another's distribution is found, here and in child processes."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site: Path, key: str, body: str) -> None:
    name = key.title()
    (site / f"{key}_rt.py").write_text(PLUGIN.format(name=name, key=key, body=body))
    info = site / f"{key}_rt-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {key}-rt\nVersion: 1\n")
    group = f"[lamplighter.agent_runtimes]\n{key} = {key}_rt:{name}\n"
    (info / "entry_points.txt").write_text(group)


def test_a_runtime_that_works_has_no_failure() -> None:
    assert failure_of("onnxruntime", "any") == ""


@pytest.mark.parametrize(
    ("key", "body", "reason"),
    [
        ("sunk", "raise OSError('libsunk.so: cannot open shared object file')", "libsunk.so"),
        ("lethal", "os.kill(os.getpid(), signal.SIGILL)", str(-4)),
        ("idle", "return lambda: None", ""),
    ],
)
def test_one_that_does_not_load_or_kills_its_process_is_found_out(
    site: Path, key: str, body: str, reason: str
) -> None:
    install(site, key, body)
    failure = failure_of(key, f"1 of {site}")
    assert reason in failure and bool(failure) == bool(reason)


def test_one_that_is_not_known_says_so() -> None:
    with pytest.raises(EngineError, match="abacus"):
        run_small_network("abacus")
    assert "abacus" in failure_of("abacus", "1")
    assert "abacus" not in sys.modules
