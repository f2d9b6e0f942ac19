"""All chunks on the device, in files named by their hash, shared by all variants.

What is on disk is the whole state of a transfer: after a power cut the missing chunks are those
that have no file.
"""

import errno
import logging
import shutil
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.errors import BlobError
from lamplighter_wire.files import make_folder, remove, write_atomically

from lamplighter_agent.errors import AgentError, DiskFullError

log = logging.getLogger(__name__)

DEFAULT_CAP_BYTES = 256 * 1024 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_HEX = frozenset("0123456789abcdef")


class ChunkStore:
    """Chunks under `root`, at most `cap_bytes` of them. Safe to use from several threads."""

    def __init__(self, root: Path, cap_bytes: int = DEFAULT_CAP_BYTES) -> None:
        self._root = root
        self._cap_bytes = cap_bytes
        self._lock = threading.Lock()
        make_folder(root)
        self._sizes = self._scan()

    @property
    def used_bytes(self) -> int:
        with self._lock:
            return sum(self._sizes.values())

    @property
    def cap_left_bytes(self) -> int:
        """What it may hold beside what it holds."""
        return max(0, self._cap_bytes - self.used_bytes)

    @property
    def disk_free_bytes(self) -> int:
        """Of the disk that it lies on; as much as one could wish for where that cannot be told."""
        try:
            return shutil.disk_usage(self._root).free
        except OSError:
            return sys.maxsize

    def has(self, sha: str) -> bool:
        return sha in self._sizes

    def missing(self, shas: Iterable[str]) -> list[str]:
        """Those not held, in order, each once."""
        return [sha for sha in dict.fromkeys(shas) if sha not in self._sizes]

    def put(self, sha: str, raw: bytes) -> None:
        """Keep a chunk for good before returning.

        Raises BlobError when `raw` is not what `sha` names, DiskFullError when there is no room.
        """
        if sha256_hex(raw) != sha:
            raise BlobError(f"chunk {sha[:12]} does not match its hash")
        with self._lock:
            if sha in self._sizes:
                return
            if sum(self._sizes.values()) + len(raw) > self._cap_bytes:
                raise DiskFullError(f"the chunk store is at its cap of {self._cap_bytes} bytes")
            try:
                write_atomically(self._path(sha), [raw])
            except OSError as error:
                raise _translated(error) from error
            self._sizes[sha] = len(raw)

    def read(self, sha: str) -> bytes:
        """The raw bytes. Raises BlobError when absent or damaged; damaged ones are forgotten."""
        if sha not in self._sizes:
            raise BlobError(f"chunk {sha[:12]!r} is not held")
        try:
            raw = self._path(sha).read_bytes()
        except OSError as error:
            self._lose(sha)
            raise BlobError(f"chunk {sha[:12]} cannot be read: {error}") from error
        if sha256_hex(raw) != sha:
            self._lose(sha)
            raise BlobError(f"chunk {sha[:12]} is damaged on disk; it will be fetched again")
        return raw

    def collect_garbage(self, keep: Iterable[str]) -> int:
        """Drop every chunk not in `keep`; returns the bytes freed.

        What a broken disk does not give up stays held.
        """
        kept = set(keep)
        with self._lock:
            doomed = {sha: size for sha, size in self._sizes.items() if sha not in kept}
        freed_bytes = 0
        for sha, size in doomed.items():
            try:
                self._forget(sha)
            except OSError as error:
                log.warning("chunk %s cannot be removed: %s", sha[:12], error)
            else:
                freed_bytes += size
        return freed_bytes

    def _lose(self, sha: str) -> None:
        """Of what cannot be read nothing is held, whether or not the disk gives it up."""
        with suppress(OSError):
            self._forget(sha)
        with self._lock:
            self._sizes.pop(sha, None)

    def _forget(self, sha: str) -> None:
        with self._lock:
            remove(self._path(sha))
            self._sizes.pop(sha, None)

    def _path(self, sha: str) -> Path:
        return self._root / sha[:2] / sha

    def _scan(self) -> dict[str, int]:
        sizes = {}
        for path in self._root.glob("*/*"):
            with suppress(OSError):  # a disk that is read-only, or damaged in one place
                if len(path.name) == 64 and _HEX.issuperset(path.name) and path.is_file():
                    sizes[path.name] = path.stat().st_size
                elif path.name.endswith(".tmp"):
                    path.unlink(missing_ok=True)  # left by a power cut
        return sizes


def _translated(error: OSError) -> AgentError:
    if error.errno in _NO_ROOM:
        return DiskFullError(f"no room for a chunk: {error.strerror}")
    return AgentError(f"cannot write a chunk: {error}")
