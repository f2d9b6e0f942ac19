"""Commands about recipes: list, show, check."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Json, group
from lamplighter_cli.output import field, show

recipe_app = group("Recipes.")
ExtraRecipes = Annotated[
    Path | None,
    typer.Option(
        "--recipes", envvar="LAMPLIGHTER_RECIPES_DIR", help="Folder with further recipe files."
    ),
]
Materials = Annotated[
    Path | None,
    typer.Option(help="Folder with weights, calibration and evaluation; default: those shipped."),
]
RECIPE_COLUMNS = (
    ("RECIPE", field("name")),
    ("TITLE", field("title")),
    ("MODEL", field("model")),
    ("PARENT", field("parent")),
    ("PRECISION", field("precision")),
    ("SAVES", field("saves")),
)


@recipe_app.command("list")
def recipe_list(as_json: Json = False, recipes: ExtraRecipes = None) -> None:
    """The recipes of the catalogue."""
    found = [msgspec.to_builtins(r) for _, r in sorted(catalogue_of(recipes).items())]
    show(found, as_json, RECIPE_COLUMNS)


@recipe_app.command("show")
def recipe_show(
    name: Annotated[str, typer.Argument(help="Recipe name.")],
    as_json: Json = False,
    recipes: ExtraRecipes = None,
) -> None:
    """One recipe in full."""
    show(msgspec.to_builtins(recipe_named(name, recipes)), as_json)


@recipe_app.command("check")
def recipe_check(
    files: Annotated[list[Path], typer.Argument(help="Recipe files.")], as_json: Json = False
) -> None:
    """Check recipe files; says file, key and remedy of what is not in order."""
    from lamplighter_recipes.errors import RecipeError
    from lamplighter_recipes.recipe.loader import check_recipe, load_recipe

    findings: list[dict[str, Any]] = []
    for path in files:
        try:
            check_recipe(load_recipe(path), str(path))
            findings.append({"file": str(path), "ok": True})
        except RecipeError as error:
            found = {"file": str(path), "ok": False, "key": error.key, "remedy": error.remedy}
            findings.append({**found, "error": str(error)})
    if as_json:
        show(findings, True)
    for finding in findings if not as_json else ():
        typer.echo(f"{finding['file']}: ok" if finding["ok"] else finding["error"])
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


def catalogue_of(extra: Path | None) -> dict[str, Any]:
    from lamplighter_recipes.recipe.loader import load_catalogue

    return dict(load_catalogue(extra))


def recipe_named(name: str, extra: Path | None) -> Any:
    known = catalogue_of(extra)
    if name not in known:
        raise CommandError(f"no recipe {name!r}; known: {', '.join(sorted(known))}")
    return known[name]


def materials_of(folder: Path | None, cache: Path) -> Any:
    from lamplighter_controller.workshop.materials import materials_in

    return materials_in(str(folder or ""), cache / "cache")
