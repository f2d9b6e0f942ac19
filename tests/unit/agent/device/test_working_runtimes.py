"""What a device reports of its runtimes, and when each is tried again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lamplighter_agent.device.kept_files import KeptFiles
from lamplighter_agent.device.working_runtimes import working_runtimes
from lamplighter_agent.runtimes.engine import Engine, FakeEngine
from lamplighter_agent.runtimes.runtime import Runtimes


class Named:
    """A runtime that is installed in a version."""

    def __init__(self, name: str, version: str) -> None:
        self.name, self._version = name, version

    def version(self) -> str:
        return self._version

    def precisions(self) -> tuple[str, ...]:
        return ("fp32",)

    def open(self, *_args: object) -> Engine:
        return FakeEngine()

    def probe_run(self, *_args: object) -> Callable[[], object]:
        return lambda: None


class Trials:
    """Which runtimes were tried; all work but those named."""

    def __init__(self, *broken: str) -> None:
        self.broken, self.names = broken, list[str]()

    def failure(self, name: str, _version: str) -> str:
        self.names.append(name)
        return "libfoo.so is missing" if name in self.broken else ""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "cpuinfo").write_text("flags : avx2\nmodel name : A\n")
    return tmp_path


def installed(lite: str = "2.3") -> Runtimes:
    return Runtimes([Named("onnxruntime", "1.32"), Named("litert", lite), Named("absent", "")])


def test_one_that_does_not_work_is_not_reported_and_why_is_logged(
    proc: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trials = Trials("litert")
    working = working_runtimes(installed(), KeptFiles(tmp_path), trials.failure, proc)
    assert working.versions() == {"onnxruntime": "1.32"}
    assert trials.names == ["onnxruntime", "litert"], "what is not installed is not tried"
    assert "libfoo.so" in caplog.text


def test_what_worked_is_not_tried_at_the_next_start_and_what_failed_is(
    proc: Path, tmp_path: Path
) -> None:
    kept = KeptFiles(tmp_path)
    working_runtimes(installed(), kept, Trials("litert").failure, proc)
    again = Trials()
    working = working_runtimes(installed(), kept, again.failure, proc)
    assert again.names == ["litert"]
    assert set(working.versions()) == {"onnxruntime", "litert"}


def test_another_version_or_processor_is_tried_anew(proc: Path, tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path)
    working_runtimes(installed(), kept, Trials().failure, proc)
    newer = Trials()
    working_runtimes(installed("2.4"), kept, newer.failure, proc)
    assert newer.names == ["litert"]
    (proc / "cpuinfo").write_text("flags : sse4_1\nmodel name : A\n")
    elsewhere = Trials()
    working_runtimes(installed("2.4"), kept, elsewhere.failure, proc)
    assert elsewhere.names == ["onnxruntime", "litert"]
