"""Commands about recipes: list, show, check."""

from pathlib import Path
from typing import Annotated, Any

import typer
from lamplighter_recipes.recipe.schema import Recipe

from lamplighter_cli.build_inputs import catalogue, recipe_named
from lamplighter_cli.options import ExtraRecipes, Json, group
from lamplighter_cli.output import Column, show_json, show_rows

recipe_app = group("Recipes.")
RECIPE_COLUMNS = (
    Column[Recipe]("RECIPE", lambda recipe: recipe.name),
    Column[Recipe]("TITLE", lambda recipe: recipe.title),
    Column[Recipe]("MODEL", lambda recipe: recipe.model),
    Column[Recipe]("PARENT", lambda recipe: recipe.parent),
    Column[Recipe]("PRECISION", lambda recipe: recipe.precision),
    Column[Recipe]("SAVES", lambda recipe: list(recipe.saves)),
)


@recipe_app.command("list")
def recipe_list(as_json: Json = False, recipes: ExtraRecipes = None) -> None:
    """The recipes of the catalogue."""
    listed = [recipe for _, recipe in sorted(catalogue(recipes).items())]
    show_rows(listed, RECIPE_COLUMNS, as_json)


@recipe_app.command("show")
def recipe_show(
    name: Annotated[str, typer.Argument(help="Recipe name.")],
    as_json: Json = False,  # noqa: ARG001 - it is JSON either way
    recipes: ExtraRecipes = None,
) -> None:
    """One recipe in full."""
    show_json(recipe_named(name, recipes))


@recipe_app.command("check")
def recipe_check(
    files: Annotated[list[Path], typer.Argument(help="Recipe files.")], as_json: Json = False
) -> None:
    """Check recipe files; says file, key and remedy of what is not in order."""
    findings = [_check(path) for path in files]
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            typer.echo(f"{finding['file']}: ok" if finding["ok"] else finding["error"])
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


def _check(path: Path) -> dict[str, Any]:
    from lamplighter_recipes.errors import RecipeError
    from lamplighter_recipes.recipe.loader import check_recipe, load_recipe

    try:
        check_recipe(load_recipe(path), str(path))
    except RecipeError as error:
        flaw = {"key": error.key, "remedy": error.remedy, "error": str(error)}
        return {"file": str(path), "ok": False, **flaw}
    return {"file": str(path), "ok": True}
