"""All commands put together, and errors turned into one line and an exit code."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client.errors import ClientError, NoControllerError, UnreachableError
from lamplighter_client.wording import error_text
from lamplighter_controller.errors import ControllerError
from lamplighter_provision.errors import ProvisionError
from lamplighter_recipes.errors import RecipesError
from lamplighter_wire import __version__
from lamplighter_wire.errors import SettingsError

from lamplighter_cli.commands import (
    benchmarks,
    broker,
    building,
    city,
    devices,
    models,
    policy,
    recipes,
    scenes,
    simulation,
    tokens,
)
from lamplighter_cli.commands.fleet.groups import group_app
from lamplighter_cli.commands.fleet.overrides import override_app
from lamplighter_cli.commands.fleet.rollouts import rollout_app
from lamplighter_cli.commands.provisioning.group import provision_app
from lamplighter_cli.commands.serve import serve
from lamplighter_cli.commands.sites.specialise_site import specialise_site
from lamplighter_cli.errors import EXIT_FAILED, EXIT_UNREACHABLE, CommandError, install_text
from lamplighter_cli.options import group, named_authority

app = group("Keeps the best possible AI model running on every camera of a city.")
app.add_typer(tokens.token_app, name="token")
app.add_typer(tokens.api_token_app, name="api-token")
app.add_typer(devices.device_app, name="device")
app.add_typer(group_app, name="group")
app.add_typer(override_app, name="override")
app.add_typer(rollout_app, name="rollout")
app.add_typer(policy.policy_app, name="policy")
app.add_typer(models.model_app, name="model")
app.add_typer(recipes.recipe_app, name="recipe")
app.add_typer(models.variant_app, name="variant")
app.add_typer(broker.broker_app, name="broker")
app.add_typer(provision_app, name="provision")
app.add_typer(scenes.scenes_app, name="scenes")
app.add_typer(benchmarks.bench_app, name="bench")
for command in (
    serve,
    city.dashboard,
    city.demo,
    simulation.simulate,
    devices.plan,
    building.compress,
    building.evaluate,
    building.train,
    specialise_site,
):
    app.command()(command)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    ca: Annotated[
        Path | None,
        typer.Option(
            "--ca",
            envvar="LAMPLIGHTER_CA",
            help="Authority (PEM) of the certificate at an https address.",
        ),
    ] = None,
) -> None:
    """Keeps the best possible AI model running on every camera of a city."""
    named_authority.set(ca)
    if version:
        typer.echo(f"lamplighter {__version__}")
        raise typer.Exit


def run() -> None:
    """Run the command line; expected errors end in one line on standard error."""
    try:
        app(prog_name="lamplighter")
    except CommandError as error:
        _end(str(error), error.code)
    except (NoControllerError, UnreachableError) as error:
        _end(error_text(error), EXIT_UNREACHABLE)
    except ClientError as error:
        _end(error_text(error), EXIT_FAILED)
    except (ControllerError, ProvisionError, RecipesError, SettingsError) as error:
        _end(str(error), EXIT_FAILED)
    except FileNotFoundError as error:
        missing = f"{error.filename} does not exist; check the path"
        _end(missing if error.filename else str(error), EXIT_FAILED)
    except ModuleNotFoundError as error:
        _end(install_text(error), EXIT_FAILED)


def _end(text: str, code: int) -> None:
    sys.stderr.write(f"lamplighter: {text}\n")
    sys.exit(code)
