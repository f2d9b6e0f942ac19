"""What tells how accurate variants are before a camera, as `lamplighter bench accuracy` measured it
ahead on labelled pictures of many."""

from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically
from lamplighter_wire.street.camera_figures import CameraFigures

from lamplighter_recipes.errors import RecipeError

CAMERA_FIGURES = "camera-figures.json"  # beside the weights


def known_cameras(weights_dir: Path) -> dict[str, CameraFigures]:
    """By variant id; those of other weights never match.

    Raises:
        RecipeError: when the file is there but damaged.
    """
    path = weights_dir / CAMERA_FIGURES
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, CameraFigures])
    except msgspec.DecodeError as error:
        raise RecipeError(
            f"is damaged: {error}",
            file=str(path),
            remedy="write it with `lamplighter bench accuracy --keep`",
        ) from error


def keep_cameras(weights_dir: Path, figures: dict[str, CameraFigures]) -> None:
    """Put them where plans look for them; those of variants not measured now stay.

    Raises:
        RecipeError: what is there is damaged.
    """
    kept = known_cameras(weights_dir) | figures
    document = msgspec.json.encode(kept, order="deterministic")
    write_atomically(weights_dir / CAMERA_FIGURES, [document + b"\n"])
