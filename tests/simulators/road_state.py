"""The example distribution with a task of its own, installed and trained as its page says."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "road-state"
RECIPES = EXAMPLE / "recipes"
SHIPPED = ROOT / "deploy" / "demo"
# A few seconds: enough to be right about nine pictures in ten.
STEPS = 100


def install(folder: Path) -> Path:
    """Install the example into a folder of packages, for `sys.path` or PYTHONPATH."""
    source = folder / "source"
    shutil.copytree(EXAMPLE, source)  # installing writes beside the sources
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(source)], check=True)
    return folder / "site"


def materials(folder: Path) -> Path:
    """What ships, and a folder of weights that is still to be written to."""
    folder.mkdir()
    for name in ("calibration", "evaluation", "golden"):
        (folder / name).symlink_to(SHIPPED / name)
    weights = folder / "weights"
    weights.mkdir()
    for file in (SHIPPED / "weights").iterdir():
        (weights / file.name).symlink_to(file)
    return folder


def train(materials: Path) -> Path:
    """The parent `road`, by its recipe but for the minutes; needs the example installed."""
    from lamplighter_recipes.preparing.batches import TrainConfig
    from lamplighter_recipes.preparing.prepare import TrainRequest, train_command
    from lamplighter_recipes.recipe.loader import load_recipe

    config = TrainConfig(ema_decay=0.95, max_steps=STEPS, bfloat16=False, threads=1)
    request = TrainRequest(
        recipe=load_recipe(RECIPES / "road-fp32.toml"),
        scenes=[materials / "calibration"],
        weights_dir=materials / "weights",
        cache_dir=materials / "cache",
        start="new",
        test=materials / "evaluation",
        train=config,
    )
    return train_command(request)
