"""The files of a job by content."""

from pathlib import Path

import pytest
from lamplighter_controller.workshop.jobs import Job
from lamplighter_controller.workshop.remote.assignments import FileRef
from lamplighter_controller.workshop.remote.input_files import InputFiles, inside
from lamplighter_wire.blobs import sha256_hex


def _job(root: Path, **reads: list[str]) -> Job:
    return Job(key="j", target="x:y", materials={name: str(root) for name in reads}, reads=reads)


def test_patterns_name_files_by_content(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("full.bin", "images/1.jpg", "images/.2.jpg.tmp", "half.bin"):
        (tmp_path / name).write_bytes(name.encode())
    files = InputFiles(_job(tmp_path, weights_dir=["full.*"], golden_dir=["images/**/*"]))
    sha = sha256_hex(b"full.bin")
    assert files.refs["weights_dir"] == [FileRef("full.bin", sha, 8)]
    assert [ref.path for ref in files.refs["golden_dir"]] == ["images/1.jpg"], "one is unfinished"


def test_bytes_come_in_batches_and_what_is_gone_is_empty(tmp_path: Path) -> None:
    contents = [b"a" * 60, b"b" * 60, b"c" * 30]
    for number, raw in enumerate(contents):
        (tmp_path / str(number)).write_bytes(raw)
    files = InputFiles(_job(tmp_path, weights_dir=["*"]))
    shas = [sha256_hex(raw) for raw in contents]
    (tmp_path / "2").unlink()
    batches = list(files.batches(shas, 100))
    assert batches == [{shas[0]: contents[0]}, {shas[1]: contents[1], shas[2]: b""}]


def test_a_changed_file_has_another_name(tmp_path: Path) -> None:
    job = _job(tmp_path, weights_dir=["*"])
    (tmp_path / "full.bin").write_bytes(b"one")
    before = InputFiles(job).refs
    (tmp_path / "full.bin").write_bytes(b"other")
    assert InputFiles(job).refs != before


def test_a_name_stays_inside_its_folder(tmp_path: Path) -> None:
    assert inside(tmp_path, "parents/full/graph.onnx").parent.is_dir()
    for name in ("../graph.onnx", "/etc/passwd"):
        with pytest.raises(ValueError, match="leads out"):
            inside(tmp_path, name)
