"""Where weights, calibration, evaluation and golden frames lie."""

from pathlib import Path

from lamplighter_recipes.variants.identity import Materials

from lamplighter_controller.errors import SettingsError


def materials_in(folder: str, cache_dir: Path) -> Materials:
    """The folders of the build's inputs; an empty name means those that ship.

    Raises:
        SettingsError: there is no such folder.
    """
    shipped = Path(__file__).resolve().parents[3] / "deploy" / "demo"
    found = Path(folder).expanduser().resolve() if folder else shipped
    if not found.is_dir():
        raise SettingsError(f"no materials in {found}; set materials_dir to the deploy/demo folder")
    return Materials(
        weights_dir=found / "weights",
        calibration_dir=found / "calibration",
        evaluation_dir=found / "evaluation",
        golden_dir=found / "golden",
        cache_dir=cache_dir,
    )
