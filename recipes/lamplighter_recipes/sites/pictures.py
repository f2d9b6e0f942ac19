"""Pictures of one camera or site: which are trained on, and which are held out to judge by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.labels import LabelledFrame, load_labelled_frames
from lamplighter_recipes.variants.site_parents import picture_files

LABELS_FILE = "annotations.json"
LEAST_PICTURES = 24
HELD_OUT_SHARE = 1 / 3
# Between the two parts: what stands in view at the end of one must not stand there in the other.
GAP_SHARE = 0.03


@dataclass(frozen=True)
class SitePictures:
    """Files in the order of their names, which is taken for that of time.

    `labels`: of the held-out pictures that have some, by path.
    """

    training: tuple[Path, ...]
    held_out: tuple[Path, ...]
    labels: tuple[LabelledFrame, ...] = ()

    @property
    def count(self) -> int:
        """Of those that are used."""
        return len(self.training) + len(self.held_out)


def read_pictures(folder: Path, held_out_share: float = HELD_OUT_SHARE) -> SitePictures:
    """The pictures of a folder, or of its `images` folder; the last ones are held out.

    Where there is a COCO file, the labels of held-out pictures are read to judge by.

    Raises:
        RecipeError: there are too few, or the labels are damaged.
    """
    files = picture_files(folder)
    if len(files) < LEAST_PICTURES:
        raise RecipeError(
            f"{len(files)} pictures are too few",
            file=str(folder),
            remedy=f"name a folder with at least {LEAST_PICTURES}, better 180, over some hours",
        )
    training, held_out = split(files, held_out_share)
    return SitePictures(training, held_out, _labels(folder, held_out))


def split(files: Sequence[Path], held_out_share: float) -> tuple[tuple[Path, ...], ...]:
    """The first part to train on, and the last to judge by, with a gap between them."""
    held_out = max(1, round(len(files) * held_out_share))
    gap = round(len(files) * GAP_SHARE)
    return tuple(files[: len(files) - held_out - gap]), tuple(files[len(files) - held_out :])


def _labels(folder: Path, held_out: Sequence[Path]) -> tuple[LabelledFrame, ...]:
    if not (folder / LABELS_FILE).exists():
        return ()
    chosen = set(held_out)
    return tuple(frame for frame in load_labelled_frames(folder) if frame.path in chosen)
