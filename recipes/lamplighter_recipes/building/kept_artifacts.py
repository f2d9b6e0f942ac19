"""What a step made that takes long, kept beside the parent: a further build of it copies it."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

PREFIX = "kept-"


def kept_artifact(folder: Path, key: str, target: Path, make: Callable[[Path], None]) -> None:
    """Put the folder that was made under this key at `target`; made now where there is none.

    What is kept appears whole or not at all.
    """
    kept = folder / f"{PREFIX}{key}"
    if not kept.exists():
        partial = Path(tempfile.mkdtemp(dir=folder))
        try:
            make(partial)
            partial.rename(kept)
        except OSError:
            if not kept.exists():  # else another build was first
                raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(kept, target, dirs_exist_ok=True)
