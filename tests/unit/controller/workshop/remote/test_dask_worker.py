"""What a Dask worker does for a job, without Dask: reports, files, versions, endings."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.workshop.executors.versions import build_versions
from lamplighter_controller.workshop.jobs import BuildCancelled, BuildFailed, Job
from lamplighter_controller.workshop.remote.assignments import (
    Assignment,
    FileRef,
    Outcome,
    WorkerReport,
)
from lamplighter_controller.workshop.remote.dask_worker import Bench
from lamplighter_wire.blobs import sha256_hex

ROOT = str(Path(__file__).resolve().parents[5])
TEXT = b"seven million"
FILES = {"weights_dir": [FileRef("full.txt", sha256_hex(TEXT), len(TEXT))], "cache_dir": []}
JOB = Job(
    key="copy",
    target="tests.simulators.workshop_jobs:copy",
    payload={"source": "full.txt", "target": "parents/full.txt"},
    materials={"weights_dir": "/there/weights", "cache_dir": "/there/cache"},
    writes=["parents/*"],
)
ASSIGNMENT = Assignment(attempt="a1", job=JOB, files=FILES, versions=dict(build_versions()))


class Controller:
    """The other end: hears reports, and sends what a worker lacks."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.bench = Bench("tcp://worker:1", folder)
        self.reports: list[WorkerReport] = []
        self._files = files

    def publish(self, report: WorkerReport) -> None:
        self.reports.append(report)
        self.bench.inbox.put({sha: self._files[sha] for sha in report.lacks})

    def do(self, assignment: Assignment) -> Outcome:
        return self.bench.do(assignment, self.publish)


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Controller:
    monkeypatch.setenv("PYTHONPATH", ROOT)
    return Controller(tmp_path, {sha256_hex(TEXT): TEXT})


def test_files_come_once_and_what_the_job_leaves_goes_back(controller: Controller) -> None:
    outcome = controller.do(ASSIGNMENT)
    assert outcome.result == TEXT.decode()
    assert [(file.path, file.raw) for file in outcome.files] == [("parents/full.txt", TEXT)]
    begun, lacking = controller.reports
    assert (begun.begun, begun.worker) == (True, "tcp://worker:1")
    assert lacking.lacks == [sha256_hex(TEXT)]
    controller.do(ASSIGNMENT)
    assert len(controller.reports) == 3, "the second time nothing is lacking"


def test_other_versions_are_named(controller: Controller) -> None:
    wanted = {**build_versions(), "onnxruntime": "0.1"}
    with pytest.raises(BuildFailed, match=r"onnxruntime .* instead of 0\.1"):
        controller.do(msgspec.structs.replace(ASSIGNMENT, versions=wanted))


def test_files_that_changed_on_the_way_are_refused(tmp_path: Path) -> None:
    controller = Controller(tmp_path, {sha256_hex(TEXT): b""})
    with pytest.raises(BuildFailed, match="changed meanwhile"):
        controller.do(ASSIGNMENT)


def test_what_is_ended_before_its_process_runs_does_not_run(controller: Controller) -> None:
    def end_it(report: WorkerReport) -> None:
        controller.publish(report)
        controller.bench.end("a1")

    with pytest.raises(BuildCancelled):
        controller.bench.do(ASSIGNMENT, end_it)
    assert controller.do(ASSIGNMENT).result == TEXT.decode(), "it was that attempt's end only"


def test_a_failure_travels_by_its_kind() -> None:
    outcome = Outcome.failed(BuildCancelled("it was cancelled"))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(outcome), type=Outcome)
    with pytest.raises(BuildCancelled, match="it was cancelled"):
        again.raise_failure()
    Outcome(result=1).raise_failure()
