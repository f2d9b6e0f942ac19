"""The files a job reads, by content."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lamplighter_controller.workshop.file_states import file_sha256
from lamplighter_controller.workshop.jobs import Job
from lamplighter_controller.workshop.remote.assignments import FileRef

# The folder of a job's materials that it may write into.
CACHE = "cache_dir"


class InputFiles:
    """What a job's patterns name in the folders of its materials, when it is made."""

    def __init__(self, job: Job) -> None:
        self.refs: dict[str, list[FileRef]] = {name: [] for name in job.materials}
        self._paths: dict[str, Path] = {}
        for name, patterns in job.reads.items():
            folder = Path(job.materials[name])
            for path in matching(folder, patterns):
                ref = _ref(path, folder)
                self.refs[name].append(ref)
                self._paths[ref.sha256] = path

    def batches(self, shas: Iterable[str], batch_bytes: int) -> Iterator[dict[str, bytes]]:
        """The files' bytes by SHA-256, a few at a time; one that has changed is left out."""
        batch: dict[str, bytes] = {}
        size_bytes = 0
        for sha in shas:
            raw = self._read(sha)
            if batch and size_bytes + len(raw) > batch_bytes:
                yield batch
                batch, size_bytes = {}, 0
            batch[sha] = raw
            size_bytes += len(raw)
        if batch:
            yield batch

    def _read(self, sha: str) -> bytes:
        try:
            return self._paths[sha].read_bytes()
        except (KeyError, OSError):
            return b""


def matching(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """Files of a folder, in a stable order; without those that are being written."""
    paths = {path for pattern in patterns for path in folder.glob(pattern)}
    return sorted(p for p in paths if p.is_file() and not p.name.startswith("."))


def inside(folder: Path, name: str) -> Path:
    """Where a file of that name lies in the folder; what leads there is made.

    Raises:
        ValueError: the name leads out of the folder.
    """
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{name} leads out of its folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _ref(path: Path, folder: Path) -> FileRef:
    return FileRef(str(path.relative_to(folder)), file_sha256(path), path.stat().st_size)
