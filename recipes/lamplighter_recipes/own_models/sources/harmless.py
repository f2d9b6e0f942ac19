"""Files from outside are looked into before a runtime opens them, as devices do."""

from pathlib import Path

import psutil
from lamplighter_wire.blobs import MAX_ARTIFACT_BYTES
from lamplighter_wire.errors import GraphError
from lamplighter_wire.graphs.harm import check_file

from lamplighter_recipes.errors import RecipeError


def refuse_harm(runtime: str, path: Path) -> None:
    """Of a network that may not run on any device.

    Raises:
        RecipeError: it is one; says why.
    """
    try:
        check_file(runtime, path, psutil.virtual_memory().total, MAX_ARTIFACT_BYTES)
    except GraphError as error:
        raise RecipeError(
            str(error).removeprefix(f"{path.name}: "),
            file=str(path),
            remedy="export it without that; devices run plain computations of fixed bounds only",
        ) from error
