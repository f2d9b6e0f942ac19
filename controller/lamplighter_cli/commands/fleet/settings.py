"""Commands on settings that a device takes while it runs."""

from typing import Annotated, Any

import typer
from lamplighter_client.configuring import endpoints
from lamplighter_client.documents.configuring.configurations import ConfigurationEntry, SetDevice
from lamplighter_client.typed.texts import change_of, settings_of
from lamplighter_wire.policy.device_settings import DeviceSettings, given

from lamplighter_cli.commands.fleet.street import Reason, standing_text
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show_json, show_rows

settings_app = group("Settings that a device takes while it runs.")

ENTRY_COLUMNS = (
    Column[ConfigurationEntry]("VERSION", lambda one: one.version),
    Column[ConfigurationEntry]("BY", lambda one: one.by),
    Column[ConfigurationEntry]("SETTINGS", lambda one: _text(one.settings)),
    Column[ConfigurationEntry]("OF VERSION", lambda one: one.settings_version),
    Column[ConfigurationEntry]("STREET", lambda one: _street(one)),
    Column[ConfigurationEntry]("OF VERSION", lambda one: one.street_version),
    Column[ConfigurationEntry]("BECAUSE", lambda one: one.reason),
)


@settings_app.command("show")
def settings_show(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What is set of a device's settings; the rest is as its own settings say."""
    _tell(client(data, url, token).send(endpoints.settings(device)), as_json)


@settings_app.command("set")
def settings_set(
    device: DeviceArgument,
    changes: Annotated[list[str], typer.Argument(help="NAME=VALUE.")],
    reason: Reason = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Set some settings; they are in force from the device's next window on."""
    values = dict(map(read_change, changes))
    _tell(client(data, url, token).send(endpoints.change_settings(device, values, reason)), as_json)


@settings_app.command("unset")
def settings_unset(
    device: DeviceArgument,
    names: Annotated[list[str], typer.Argument(help="NAME of a setting.")],
    reason: Reason = "",
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let the device's own settings hold again."""
    values = dict.fromkeys(names)
    _tell(client(data, url, token).send(endpoints.change_settings(device, values, reason)), as_json)


@settings_app.command("history")
def settings_history(
    device: DeviceArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """How a device was set, version by version: by whom and why, settings and street."""
    entries = client(data, url, token).send(endpoints.configurations(device))
    show_rows(entries, ENTRY_COLUMNS, as_json)


def read_settings(changes: list[str]) -> DeviceSettings:
    """Settings from NAME=VALUE.

    Raises:
        CommandError: one is no setting, or its value none of it.
    """
    try:
        return settings_of(changes)
    except ValueError as error:
        raise CommandError(str(error)) from error


def read_change(text: str) -> tuple[str, str]:
    """NAME=VALUE.

    Raises:
        CommandError: it is none.
    """
    try:
        return change_of(text)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _tell(answer: SetDevice, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    for name, value in given(answer.settings).items():
        differs = getattr(answer.in_force, name) != value
        typer.echo(f"{name} = {_word(value)}{' (not in force)' if differs else ''}")
    typer.echo(standing_text(answer.device, answer.standing))


def _text(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_word(value)}" for name, value in values.items())


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _street(one: ConfigurationEntry) -> str:
    return "own" if one.street is None else f"{len(one.street.features)} drawn"
