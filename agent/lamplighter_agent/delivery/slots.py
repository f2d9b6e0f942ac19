"""Models ready to be opened: one folder per variant, named by its manifest's hash.

`state_dir/slots/<manifest sha256>/` holds the files of the artifact and the signed manifest. A
folder appears by one rename when everything in it has been verified. Which of them is known-good,
candidate or a rung is written in the journal, not here.
"""

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.blobs import assemble, sha256_hex
from lamplighter_wire.errors import BlobError
from lamplighter_wire.files import sync_folder, write_atomically

from lamplighter_agent.errors import DiskFullError, EngineError

MANIFEST = "manifest.json"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Slots:
    """Folders of assembled variants. `open_manifest` verifies and decodes a signed manifest."""

    def __init__(self, root: Path, open_manifest: Callable[[bytes], Manifest]) -> None:
        self._root, self.open_manifest = root, open_manifest
        root.mkdir(parents=True, exist_ok=True)
        for part in root.glob("*.part"):
            shutil.rmtree(part, ignore_errors=True)

    def held(self) -> set[str]:
        """Manifest hashes of all variants here."""
        return {path.name for path in self._root.iterdir() if path.suffix != ".part"}

    def has(self, sha: str) -> bool:
        return (self._root / sha / MANIFEST).is_file()

    def folder(self, sha: str) -> Path:
        """Where a variant's files lie."""
        return self._root / sha

    def manifest(self, sha: str) -> Manifest:
        """The verified manifest of a variant held here.

        Raises:
            SignatureError: it is not signed by a key this device trusts.
            EngineError: the variant is not here.
        """
        try:
            return self.open_manifest((self._root / sha / MANIFEST).read_bytes())
        except OSError as error:
            raise EngineError(f"no variant {sha[:12]} in the slots: {error.strerror}") from error

    def assemble(self, sha: str, envelope: bytes, read: Callable[[str], bytes]) -> Manifest:
        """Put a variant together from chunks; returns at once when it is here already.

        Raises:
            BlobError: chunks or artifact are not what the manifest says.
            SignatureError, CodecError: the manifest cannot be believed.
            DiskFullError: there is no room.
        """
        if sha256_hex(envelope) != sha:
            raise BlobError(f"manifest {sha[:12]} is damaged")
        manifest = self.open_manifest(envelope)
        if not self.has(sha):
            try:
                self._build(sha, envelope, manifest, read)
            except OSError as error:
                if error.errno in NO_ROOM:
                    raise DiskFullError(f"no room for variant {manifest.id}") from error
                raise
        return manifest

    def keep(self, shas: Iterable[str]) -> None:
        """Remove all other variants."""
        for sha in self.held() - set(shas):
            shutil.rmtree(self._root / sha, ignore_errors=True)

    def remove(self, sha: str) -> None:
        """Remove one variant, for instance a damaged one."""
        shutil.rmtree(self._root / sha, ignore_errors=True)

    def _build(
        self, sha: str, envelope: bytes, manifest: Manifest, read: Callable[[str], bytes]
    ) -> None:
        part = self._root / f"{sha}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, part, ignore_errors=True)
            artifact = assemble(manifest.parts, read, part)
            if artifact != manifest.artifact_sha256:
                raise BlobError(f"artifact {artifact[:12]} is not {manifest.artifact_sha256[:12]}")
            write_atomically(part / MANIFEST, [envelope])
            self.remove(sha)
            part.rename(self._root / sha)
            sync_folder(self._root)
            stack.pop_all()
