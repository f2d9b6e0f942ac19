"""All commands put together, and errors turned into one line and an exit code."""

import sys
from typing import Annotated

import typer
from lamplighter_controller.errors import ControllerError
from lamplighter_recipes.errors import RecipesError
from lamplighter_wire import __version__

from lamplighter_cli import benchmarks, broker, building, city, fleet, recipes, scenes
from lamplighter_cli.errors import EXIT_FAILED, CommandError
from lamplighter_cli.options import group
from lamplighter_cli.serve import serve

app = group("Keeps the best possible AI model running on every camera of a city.")
app.add_typer(fleet.token_app, name="token")
app.add_typer(fleet.device_app, name="device")
app.add_typer(fleet.model_app, name="model")
app.add_typer(recipes.recipe_app, name="recipe")
app.add_typer(fleet.variant_app, name="variant")
app.add_typer(broker.broker_app, name="broker")
app.add_typer(scenes.scenes_app, name="scenes")
app.add_typer(benchmarks.bench_app, name="bench")
for command in (
    serve,
    city.dashboard,
    city.demo,
    fleet.plan,
    building.compress,
    building.evaluate,
    building.train,
):
    app.command()(command)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Keeps the best possible AI model running on every camera of a city."""
    if version:
        typer.echo(f"lamplighter {__version__}")
        raise typer.Exit


def run() -> None:
    """Run the command line; expected errors end in one line on standard error."""
    try:
        app(prog_name="lamplighter")
    except CommandError as error:
        _end(str(error), error.code)
    except (ControllerError, RecipesError, FileNotFoundError) as error:
        _end(str(error), EXIT_FAILED)


def _end(text: str, code: int) -> None:
    sys.stderr.write(f"lamplighter: {text}\n")
    sys.exit(code)
