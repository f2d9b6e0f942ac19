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
    files: Annotated[list[Path] | None, typer.Argument(help="Recipe files.")] = None,
    edgetpu: Annotated[
        list[Path] | None,
        typer.Option(help="A .tflite file: whether it maps to the Edge TPU as one piece."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check recipe files; says file, key and remedy of what is not in order.

    Of models for the Edge TPU it says each layer that does not map, why, and the remedy; nothing
    but LiteRT is needed for that.
    """
    if not files and not edgetpu:
        raise typer.BadParameter("name recipe files, or a model with --edgetpu")
    findings = [_check(path) for path in files or []]
    findings += [_check_edgetpu(path) for path in edgetpu or []]
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


def _check_edgetpu(path: Path) -> dict[str, Any]:
    from lamplighter_recipes.errors import RecipeError
    from lamplighter_recipes.runtimes.edgetpu.lint import lint_file

    try:
        findings = lint_file(path)
    except RecipeError as error:
        return {"file": str(path), "ok": False, "remedy": error.remedy, "error": str(error)}
    lines = [f"{path}: {finding}" for finding in findings]
    listed = [finding._asdict() for finding in findings]
    return {"file": str(path), "ok": not findings, "findings": listed, "error": "\n".join(lines)}
