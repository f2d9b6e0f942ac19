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
from lamplighter_wire.blobs import assemble, sha256_hex, stored_sha256
from lamplighter_wire.errors import BlobError, WireError
from lamplighter_wire.files import make_folder, remove, sync_folder, write_atomically

from lamplighter_agent.errors import DiskFullError, EngineError

MANIFEST = "manifest.json"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Slots:
    """Folders of assembled variants.

    Args:
        open_manifest: verifies and decodes a signed manifest.
        inspect: looks at a variant's files before they have their place; raises GraphError.
    """

    def __init__(
        self,
        root: Path,
        open_manifest: Callable[[bytes], Manifest],
        inspect: Callable[[Manifest, Path], None] = lambda _manifest, _folder: None,
    ) -> None:
        self._root, self.open_manifest, self._inspect = root, open_manifest, inspect
        self._damaged: set[str] = set()
        make_folder(root)
        for part in root.glob("*.part"):
            shutil.rmtree(part, ignore_errors=True)

    def held(self) -> set[str]:
        """Manifest hashes of all variants here."""
        try:
            return {path.name for path in self._root.iterdir() if path.suffix != ".part"}
        except OSError:
            return set()

    def has(self, sha: str) -> bool:
        """Whether a variant is here, and not known to be damaged."""
        return sha not in self._damaged and (self._root / sha / MANIFEST).is_file()

    def check(self, sha: str) -> str:
        """Read all files of a variant; what is wrong with them, "" for nothing.

        One that is damaged is not opened any more, and is put together anew when it is to be.
        """
        try:
            damage = self._damage(sha)
        except (WireError, OSError) as error:
            damage = str(error)
        (self._damaged.add if damage else self._damaged.discard)(sha)
        return damage

    def _damage(self, sha: str) -> str:
        folder = self._root / sha
        envelope = (folder / MANIFEST).read_bytes()
        if sha256_hex(envelope) != sha:
            return f"{MANIFEST} is not what was put here"
        manifest = self.open_manifest(envelope)
        if stored_sha256(manifest.parts, folder) != manifest.artifact_sha256:
            return f"the files of {manifest.id} are not what its manifest says"
        return ""

    def folder(self, sha: str) -> Path:
        """Where a variant's files lie."""
        return self._root / sha

    def manifest(self, sha: str) -> Manifest:
        """The verified manifest of a variant held here.

        Raises:
            SignatureError: it is not signed by a key this device trusts.
            EngineError: the variant is not here.
            BlobError: it is damaged.
        """
        if sha in self._damaged:
            raise BlobError(f"variant {sha[:12]} is damaged on this disk")
        try:
            return self.open_manifest((self._root / sha / MANIFEST).read_bytes())
        except OSError as error:
            raise EngineError(f"no variant {sha[:12]} in the slots: {error.strerror}") from error

    def assemble(self, sha: str, envelope: bytes, read: Callable[[str], bytes]) -> Manifest:
        """Put a variant together from chunks; returns at once when it is here and whole.

        Raises:
            BlobError: chunks or artifact are not what the manifest says.
            GraphError: it holds a network that may not run.
            SignatureError, CodecError: the manifest cannot be believed.
            DiskFullError: there is no room.
        """
        if sha256_hex(envelope) != sha:
            raise BlobError(f"manifest {sha[:12]} is damaged")
        manifest = self.open_manifest(envelope)
        if not self.has(sha):
            try:
                self._build(sha, envelope, manifest, read)
                self._damaged.discard(sha)
            except OSError as error:
                if error.errno in NO_ROOM:
                    raise DiskFullError(f"no room for variant {manifest.id}") from error
                raise
        return manifest

    def keep(self, shas: Iterable[str]) -> None:
        """Remove all other variants."""
        for sha in self.held() - set(shas):
            self.remove(sha)

    def remove(self, sha: str) -> None:
        """Remove one variant, for instance a damaged one."""
        with contextlib.suppress(OSError):
            remove(self._root / sha)

    def _build(
        self, sha: str, envelope: bytes, manifest: Manifest, read: Callable[[str], bytes]
    ) -> None:
        part = self._root / f"{sha}.part"
        remove(part)
        part.mkdir(parents=True)
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, part, ignore_errors=True)
            artifact = assemble(manifest.parts, read, part)
            if artifact != manifest.artifact_sha256:
                raise BlobError(f"artifact {artifact[:12]} is not {manifest.artifact_sha256[:12]}")
            self._inspect(manifest, part)
            write_atomically(part / MANIFEST, [envelope])
            self.remove(sha)
            part.rename(self._root / sha)
            sync_folder(self._root)
            stack.pop_all()
