"""Folders that a worker lays out from what it has by content."""

from pathlib import Path

import pytest
from lamplighter_controller.workshop.remote import worker_files
from lamplighter_controller.workshop.remote.assignments import FileRef, OutputFile
from lamplighter_controller.workshop.remote.worker_files import WorkerFiles
from lamplighter_wire.blobs import sha256_hex

WEIGHTS, GRAPH = b"weights", b"graph"
FILES = {
    "weights_dir": [FileRef("full.bin", sha256_hex(WEIGHTS), 7)],
    "cache_dir": [FileRef("parents/full/graph.onnx", sha256_hex(GRAPH), 5)],
}


@pytest.fixture
def files(tmp_path: Path) -> WorkerFiles:
    made = WorkerFiles(tmp_path / "lamplighter")
    for raw in (WEIGHTS, GRAPH):
        made.blobs.put_chunk(raw)
    return made


def test_only_what_is_not_here_is_lacking(tmp_path: Path) -> None:
    files = WorkerFiles(tmp_path / "new")
    assert len(files.lacking(FILES)) == 2
    files.blobs.put_chunk(WEIGHTS)
    assert [ref.path for ref in files.lacking(FILES)] == ["parents/full/graph.onnx"]


def test_what_is_only_read_is_shared_and_each_job_has_its_own_cache(files: WorkerFiles) -> None:
    one, other = files.lay_out(FILES), files.lay_out(FILES)
    assert one["weights_dir"] == other["weights_dir"]
    assert (Path(one["weights_dir"]) / "full.bin").read_bytes() == WEIGHTS
    assert one["cache_dir"] != other["cache_dir"]
    (Path(one["cache_dir"]) / "parents/full/graph.onnx").write_bytes(b"overwritten")
    assert (
        Path(files.lay_out(FILES)["cache_dir"]) / "parents/full/graph.onnx"
    ).read_bytes() == GRAPH


def test_outputs_are_what_is_new_or_changed(files: WorkerFiles) -> None:
    folder = Path(files.lay_out(FILES)["cache_dir"])
    (folder / "parents/full/facts.json").write_bytes(b"{}")
    (folder / "work").mkdir()
    (folder / "work/scratch").write_bytes(b"nobody wants it")
    outputs = files.outputs(folder, ["parents/full/**/*"], FILES["cache_dir"])
    assert outputs == [OutputFile("parents/full/facts.json", b"{}")]


def test_what_is_private_is_forgotten_and_the_rest_stays(files: WorkerFiles) -> None:
    folders = files.lay_out(FILES)
    files.forget(FILES["weights_dir"])
    assert not Path(folders["weights_dir"]).exists()
    assert [ref.path for ref in files.lacking(FILES)] == ["full.bin"]


def test_too_much_is_forgotten(files: WorkerFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    files.trim()
    assert files.lacking(FILES) == []
    monkeypatch.setattr(worker_files, "MAX_KEPT_BYTES", 10)
    files.trim()
    assert len(files.lacking(FILES)) == 2
