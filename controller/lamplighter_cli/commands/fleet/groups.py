"""Commands on groups: devices that a query names."""

from collections.abc import Iterator
from typing import Annotated

import typer
from lamplighter_client import endpoints, group_endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import DeviceGroup, ExcludedDevice, GroupFit, GroupPreview

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show, show_json, show_lines, show_rows, table

group_app = group("Groups: devices that a query names.")

Name = Annotated[str, typer.Argument(help="Name of the group.")]
QueryArgument = Annotated[
    str, typer.Argument(help="Such as 'site=north and cpu.vnni and not pilot'.")
]
About = Annotated[str, typer.Option(help="What it is for.")]
GROUP_COLUMNS = (
    Column[DeviceGroup]("GROUP", lambda one: one.name),
    Column[DeviceGroup]("QUERY", lambda one: one.query),
    Column[DeviceGroup]("ABOUT", lambda one: one.about),
)
EXCLUDED_COLUMNS = (
    Column[ExcludedDevice]("NOT IN IT", lambda one: one.device),
    Column[ExcludedDevice]("BECAUSE", lambda one: "; ".join(one.reasons)),
)


@group_app.command("create")
def group_create(
    name: Name,
    query: QueryArgument,
    about: About = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Let a group that is there name these instead.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Keep a query under a name; who is in the group is asked anew each time."""
    make = group_endpoints.change_group if replace else group_endpoints.create_group
    api = client(data, url, token)
    made = api.send(make(name, query, about))
    show_lines(made, _made_lines(api, made), as_json)


@group_app.command("list")
def group_list(
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """All groups."""
    groups = client(data, url, token).send(group_endpoints.groups())
    show_rows(groups, GROUP_COLUMNS, as_json)


@group_app.command("show")
def group_show(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Who is in a group now, who is not and why not."""
    api = client(data, url, token)
    shown = api.send(group_endpoints.group(name))
    _show(api.send(group_endpoints.group_devices(name)), as_json, shown)


@group_app.command("preview")
def group_preview(
    query: QueryArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Whom a query names now, whom it does not and why not; nothing is kept."""
    _show(client(data, url, token).send(group_endpoints.preview_query(query)), as_json)


@group_app.command("delete")
def group_delete(
    name: Name,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Forget a group that nothing needs; its devices stay as they are."""
    deleted = client(data, url, token).send(group_endpoints.delete_group(name))
    show(deleted, f"group {name} is deleted; it was {deleted.query}", as_json)


@group_app.command("join")
def group_join(
    name: Name,
    device: Annotated[str, typer.Argument(help="Device that is to be in it.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; show what would be changed.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Bring a device into a group, by the site and labels that the group's query asks for."""
    api = client(data, url, token)
    fit = api.send(group_endpoints.group_fit(name, device))
    if not fit.fits:
        reasons = "; ".join(fit.in_the_way)
        raise CommandError(f"site and labels do not bring {device} into {name}: {reasons}")
    if not (dry_run or fit.is_in):
        api.send(endpoints.label(device, labels=fit.labels, site=fit.site))
    show_lines(fit, _fit_lines(fit), as_json)


def _fit_lines(fit: GroupFit) -> list[str]:
    if fit.is_in:
        return [f"{fit.device} is in {fit.group} already"]
    labels = ", ".join(f"{key}={value}" for key, value in sorted(fit.labels.items()))
    lines = [f"{fit.device}: site {fit.site or 'none'}; labels {labels or 'none'}"]
    lines += [f"comes into {', '.join(fit.enters)}"] if fit.enters else []
    return lines + ([f"leaves {', '.join(fit.leaves)}"] if fit.leaves else [])


def _show(preview: GroupPreview, as_json: bool, shown: DeviceGroup | None = None) -> None:
    if as_json:
        show_json(preview)
        return
    if shown is not None:
        about = f" ({shown.about})" if shown.about else ""
        typer.echo(f"{shown.name}{about}: {shown.query}")
    for line in _lines(preview):
        typer.echo(line)
    if preview.excluded:
        typer.echo(table(preview.excluded, EXCLUDED_COLUMNS), nl=False)
    _echo_rest(preview.not_matched - len(preview.excluded))


def _made_lines(api: Client, made: DeviceGroup) -> Iterator[str]:
    yield f"{made.name}: {made.query}"
    yield from _lines(api.send(group_endpoints.group_devices(made.name)))


def _lines(preview: GroupPreview) -> list[str]:
    remarks = [f"note: {remark}" for remark in preview.remarks]
    counts = f"{preview.matched} of {preview.matched + preview.not_matched} devices"
    rest = preview.matched - len(preview.devices)
    more = f" and {rest} more" if rest else ""
    names = f": {', '.join(preview.devices)}{more}" if preview.devices else ""
    return [*remarks, counts + names]


def _echo_rest(count: int) -> None:
    if count > 0:
        typer.echo(f"and {count} more")
