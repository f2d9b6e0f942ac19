"""All commands put together."""

from pathlib import Path
from typing import Annotated

import typer
from lamplighter_wire import __version__

from lamplighter_cli.commands import (
    benchmarks,
    building,
    city,
    completion,
    devices,
    models,
    policy,
    recipes,
    scenes,
    simulation,
    tokens,
)
from lamplighter_cli.commands.audit.audit import audit_app
from lamplighter_cli.commands.audit.authority import authority_app
from lamplighter_cli.commands.audit.signing_key import signing_key_app
from lamplighter_cli.commands.benchmarking.accuracy import bench_accuracy
from lamplighter_cli.commands.benchmarking.cameras import bench_cameras
from lamplighter_cli.commands.benchmarking.dashboard import bench_dashboard
from lamplighter_cli.commands.benchmarking.day import bench_day, bench_gate
from lamplighter_cli.commands.fleet import retirement
from lamplighter_cli.commands.fleet.counts import counts
from lamplighter_cli.commands.fleet.explain import explain
from lamplighter_cli.commands.fleet.groups import group_app
from lamplighter_cli.commands.fleet.overrides import override_app
from lamplighter_cli.commands.fleet.rehearsals import rollout_app
from lamplighter_cli.commands.fleet.settings import settings_app
from lamplighter_cli.commands.fleet.street import street_app
from lamplighter_cli.commands.joining.claims import claim_app
from lamplighter_cli.commands.joining.inventory import inventory_app
from lamplighter_cli.commands.listing.device_log import device_log
from lamplighter_cli.commands.listing.events import events
from lamplighter_cli.commands.listing.fleet import fleet_app
from lamplighter_cli.commands.listing.telemetry import device_telemetry
from lamplighter_cli.commands.making import variants as making_variants
from lamplighter_cli.commands.making.jobs import job_app
from lamplighter_cli.commands.making.transfers import transfer_app
from lamplighter_cli.commands.provisioning.group import provision_app
from lamplighter_cli.commands.serve import serve
from lamplighter_cli.commands.sites.specialise_site import specialise_site
from lamplighter_cli.commands.street.counting import bench_counting
from lamplighter_cli.commands.street.speeds import bench_speeds
from lamplighter_cli.commands.street.still import still
from lamplighter_cli.commands.upkeep import (
    backups,
    broker,
    doctor,
    readers,
    upgrading,
    webhooks,
)
from lamplighter_cli.commands.watching.attention import attention_app
from lamplighter_cli.commands.watching.glossary import glossary
from lamplighter_cli.commands.watching.report import report
from lamplighter_cli.commands.watching.watch import watch
from lamplighter_cli.options import group, named_authority

app = group("Keeps the best possible AI model running on every camera of a city.")
app.add_typer(tokens.token_app, name="token")
app.add_typer(tokens.api_token_app, name="api-token")
for leaving in (
    retirement.device_retire,
    retirement.device_revoke,
    retirement.device_restore,
    retirement.device_release,
):
    devices.device_app.command(leaving.__name__.removeprefix("device_"))(leaving)
app.add_typer(claim_app, name="claim")
app.add_typer(inventory_app, name="inventory")
devices.device_app.command("telemetry")(device_telemetry)
devices.device_app.command("log")(device_log)
app.add_typer(fleet_app, name="fleet")
app.add_typer(devices.device_app, name="device")
app.add_typer(group_app, name="group")
app.add_typer(override_app, name="override")
app.add_typer(attention_app, name="attention")
app.add_typer(rollout_app, name="rollout")
app.add_typer(settings_app, name="settings")
app.add_typer(street_app, name="street")
app.add_typer(policy.policy_app, name="policy")
app.add_typer(models.model_app, name="model")
app.add_typer(recipes.recipe_app, name="recipe")
for making in (
    making_variants.variant_front,
    making_variants.variant_recipe,
    making_variants.variant_build,
):
    models.variant_app.command(making.__name__.removeprefix("variant_"))(making)
app.add_typer(models.variant_app, name="variant")
app.add_typer(job_app, name="job")
app.add_typer(transfer_app, name="transfer")
app.add_typer(broker.broker_app, name="broker")
app.add_typer(audit_app, name="audit")
app.add_typer(authority_app, name="authority")
app.add_typer(signing_key_app, name="signing-key")
app.add_typer(webhooks.webhook_app, name="webhook")
app.add_typer(readers.reader_app, name="reader")
app.add_typer(provision_app, name="provision")
app.add_typer(scenes.scenes_app, name="scenes")
benchmarks.bench_app.command("accuracy")(bench_accuracy)
benchmarks.bench_app.command("cameras")(bench_cameras)
benchmarks.bench_app.command("counting")(bench_counting)
benchmarks.bench_app.command("dashboard")(bench_dashboard)
benchmarks.bench_app.command("gate")(bench_gate)
benchmarks.bench_app.command("day")(bench_day)
benchmarks.bench_app.command("speeds")(bench_speeds)
app.add_typer(benchmarks.bench_app, name="bench")
for command in (
    serve,
    backups.backup,
    backups.restore,
    upgrading.upgrade,
    doctor.doctor,
    city.dashboard,
    city.demo,
    report,
    simulation.simulate,
    devices.plan,
    counts,
    still,
    events,
    watch,
    explain,
    glossary,
    building.compress,
    building.evaluate,
    building.train,
    specialise_site,
    completion.completion,
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
