"""The files of jobs on a worker: kept by content, laid out as the folders a job wants."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lamplighter_wire.blobs import sha256_hex

from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.remote.assignments import FileRef, OutputFile
from lamplighter_controller.workshop.remote.input_files import CACHE, inside, matching

# The weights and frames of dozens of networks.
MAX_KEPT_BYTES = 4 * 1024**3


class WorkerFiles:
    """A folder of blobs by SHA-256, and folders made of them. One job or several at a time.

    Folders that jobs only read are the same for many and stay; each job has a cache of its own.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.blobs = ArtifactStore(root / "blobs")

    def lacking(self, files: Mapping[str, Sequence[FileRef]]) -> list[FileRef]:
        """Those whose content is not here, each content once."""
        refs = {ref.sha256: ref for of_folder in files.values() for ref in of_folder}
        return [ref for sha, ref in refs.items() if not self.blobs.has_chunk(sha)]

    def lay_out(self, files: Mapping[str, Sequence[FileRef]]) -> dict[str, str]:
        """Folders by name that hold these files; remove `cache_dir` when the job has ended."""
        folders = {name: self._shared(refs) for name, refs in files.items() if name != CACHE}
        if CACHE in files:
            folders[CACHE] = self._writable(files[CACHE])
        return {name: str(path) for name, path in folders.items()}

    def outputs(
        self, folder: Path, patterns: Iterable[str], inputs: Sequence[FileRef]
    ) -> list[OutputFile]:
        """What a job has left or changed there, in the order in which it was written."""
        before = {ref.path: ref.sha256 for ref in inputs}
        paths = sorted(matching(folder, patterns), key=lambda path: path.stat().st_mtime_ns)
        files = [OutputFile(str(path.relative_to(folder)), path.read_bytes()) for path in paths]
        return [file for file in files if before.get(file.path) != sha256_hex(file.raw)]

    def forget(self, refs: Sequence[FileRef]) -> None:
        """Keep neither these files nor the folder that holds exactly them."""
        shutil.rmtree(self._place(refs), ignore_errors=True)
        for ref in refs:
            self.blobs.path(ref.sha256).unlink(missing_ok=True)

    def trim(self) -> None:
        """Forget everything once it is too much; call when no job runs."""
        sizes = (path.stat().st_size for path in self.blobs.root.rglob("*") if path.is_file())
        if sum(sizes) > MAX_KEPT_BYTES:
            shutil.rmtree(self._root, ignore_errors=True)

    def _shared(self, refs: Sequence[FileRef]) -> Path:
        """The folder that holds exactly these files; made once."""
        folder = self._place(refs)
        if not folder.exists():
            made = self._new_folder("making")
            for ref in refs:
                target = inside(made, ref.path)
                _link(self.blobs.path(ref.sha256), target)
            _take_place(made, folder)
        return folder

    def _place(self, refs: Sequence[FileRef]) -> Path:
        listing = "\n".join(f"{ref.sha256} {ref.path}" for ref in sorted(refs))
        return self._root / "folders" / sha256_hex(listing.encode())

    def _writable(self, refs: Sequence[FileRef]) -> Path:
        folder = self._new_folder("cache")
        for ref in refs:
            shutil.copyfile(self.blobs.path(ref.sha256), inside(folder, ref.path))
        return folder

    def _new_folder(self, kind: str) -> Path:
        place = self._root / kind
        place.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=place))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _take_place(made: Path, folder: Path) -> None:
    """Rename, unless another job was quicker."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
