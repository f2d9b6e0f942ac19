"""Where weights, calibration, evaluation and golden frames lie."""

from importlib.util import find_spec
from pathlib import Path

from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.errors import SettingsError

# The distribution `lamplighter-materials` installs them as this package, which holds no code.
PACKAGE = "lamplighter_materials"
CHECKOUT = Path(__file__).resolve().parents[3] / "deploy" / "demo"
REMEDY = "install lamplighter-materials, or name a folder that is laid out like deploy/demo"


def shipped_folder() -> Path:
    """The materials that ship: of the checkout this runs from, else of the installed package.

    Raises:
        SettingsError: there are none.
    """
    spec = find_spec(PACKAGE)
    installed = [Path(place) for place in spec.submodule_search_locations or []] if spec else []
    for folder in (CHECKOUT, *installed):
        if (folder / "weights").is_dir():
            return folder
    raise SettingsError(f"no materials are installed: {REMEDY}")


def materials_in(folder: str, cache_dir: Path) -> Materials:
    """The folders of the build's inputs; an empty name means those that ship.

    Raises:
        SettingsError: there are none; says what to do.
    """
    place = Path(folder).expanduser().resolve() if folder else shipped_folder()
    if not (place / "weights").is_dir():
        raise SettingsError(f"materials_dir: no weights in {place}: {REMEDY}")
    return Materials(
        weights_dir=place / "weights",
        calibration_dir=place / "calibration",
        evaluation_dir=place / "evaluation",
        golden_dir=place / "golden",
        cache_dir=cache_dir,
    )
