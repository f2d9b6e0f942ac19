"""`lamplighter doctor`: looks at the controller's machine, or at a controller from elsewhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import ClientError
from lamplighter_client.wording import error_text
from lamplighter_controller.settings import load_settings
from lamplighter_wire.machine.checkup import (
    Check,
    Finding,
    failed,
    has_failed,
    lines_of,
    look,
    ok,
    skipped,
    summary,
)

from lamplighter_cli.errors import EXIT_FAILED
from lamplighter_cli.options import Data, Json, Token, Url, default_data_dir, target
from lamplighter_cli.output import show


def doctor(
    data: Data = None,
    config: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="TOML file with settings.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Look at the controller's machine, or from any machine at --url, and say what to mend."""

    def say(finding: Finding) -> None:
        if not as_json:
            typer.echo("\n".join(lines_of(finding)))

    findings = look(_checks(data, config, url, token), say)
    show(findings, summary(findings), as_json)
    if has_failed(findings):
        raise typer.Exit(EXIT_FAILED)


def _checks(
    data: Path | None, config: Path | None, url: str | None, token: str | None
) -> dict[str, Check]:
    if url:
        return {"controller": lambda: _from_here(data, url, token, machine=True)}
    from lamplighter_controller.checkup.doctor import checks_of
    from lamplighter_controller.checkup.standing import standing_of

    folder = data or (None if config else default_data_dir())
    settings = load_settings(config, overrides={"data_dir": folder})
    checks = checks_of(settings)
    if standing_of(settings).is_running:
        checks["controller"] = lambda: _from_here(settings.data_dir, None, None, machine=False)
    elif settings.street_push_url:
        checks["street push"] = lambda: [_unknown_push(settings.street_push_url)]
    return checks


def _unknown_push(url: str) -> Finding:
    """Of a controller that does not run."""
    place = url.partition("?")[0]  # behind it may be a key
    return skipped("street push", place, "nothing is posted, and nothing known: it does not run")


def _from_here(
    data: Path | None, url: str | None, token: str | None, *, machine: bool
) -> Iterable[Finding]:
    """Whether it answers this user, and what it says of itself.

    Args:
        machine: whether its machine is looked at over the API, as nobody looks at it here.
    """
    try:
        place = target(data, url, token)
        with Client(place) as client:
            fleet = client.send(endpoints.rollup())
            there = _there(client, machine=machine)
    except ClientError as error:
        found, _, mend = error_text(error).partition("; ")
        mend = mend or "check the address, the token and the network"
        yield failed("controller", url or str(data), found, mend)
    else:
        found = f"it answers, {fleet.online} of {fleet.devices} devices are online"
        yield ok("controller", place.url, found)
        yield from there


def _there(client: Client, *, machine: bool) -> list[Finding]:
    """What a controller says of itself, to those that may know it."""
    try:
        return client.send(endpoints.checkup(machine=machine))
    except ClientError as error:
        what = "its machine" if machine else "its queue, workshop and street push"
        return [skipped(what, "", f"not told: {error_text(error)}")]
