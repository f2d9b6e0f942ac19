"""Commands on the policy: the thresholds that decide."""

from collections.abc import Mapping
from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.documents import PolicyPreview, Variant
from lamplighter_wire.policy.choices import values_text

from lamplighter_cli.columns import POLICY_COLUMNS, POLICY_SCOPE_COLUMNS, plan_change_columns
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import show_json, show_rows, table

policy_app = group("The thresholds that decide.")

ForDevice = Annotated[str | None, typer.Option("--device", help="Of this device only.")]
ForLabel = Annotated[str | None, typer.Option("--label", help="Of devices with this NAME=VALUE.")]
ForGroup = Annotated[str | None, typer.Option("--group", help="Short for --label group=NAME.")]
OfGroup = Annotated[
    str | None, typer.Option("--of-group", help="Of devices in this group: lamplighter group.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; show which plans would change.")
]


@policy_app.command("show")
def policy_show(
    device: ForDevice = None,
    label: ForLabel = None,
    group_name: ForGroup = None,
    of_group: OfGroup = None,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What holds for the fleet, a label or a device, and where each value comes from."""
    scope = _scope(device, label, group_name, of_group)
    thresholds = client(data, url, token).send(endpoints.policy(scope))
    show_rows(thresholds, POLICY_COLUMNS, as_json)


@policy_app.command("list")
def policy_list(
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What operators have changed, for the fleet, labels and devices."""
    scopes = client(data, url, token).send(endpoints.policy_scopes())
    show_rows(scopes, POLICY_SCOPE_COLUMNS, as_json)


@policy_app.command("set")
def policy_set(
    changes: Annotated[list[str], typer.Argument(help="NAME=VALUE, as in objective=counts.")],
    device: ForDevice = None,
    label: ForLabel = None,
    group_name: ForGroup = None,
    of_group: OfGroup = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Set thresholds; devices are planned for anew and follow them from their next order on."""
    values: dict[str, float | str | None] = dict(map(_change, changes))
    _change_policy(
        _scope(device, label, group_name, of_group), values, dry_run, as_json, data, url, token
    )


@policy_app.command("unset")
def policy_unset(
    names: Annotated[list[str], typer.Argument(help="NAME of a threshold.")],
    device: ForDevice = None,
    label: ForLabel = None,
    group_name: ForGroup = None,
    of_group: OfGroup = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End what was set; what lies below it holds again."""
    scope = _scope(device, label, group_name, of_group)
    _change_policy(scope, dict.fromkeys(names), dry_run, as_json, data, url, token)


def _change_policy(
    scope: str,
    values: Mapping[str, float | str | None],
    dry_run: bool,
    as_json: bool,
    data: Data,
    url: Url,
    token: Token,
) -> None:
    api = client(data, url, token)
    if dry_run:
        preview = api.send(endpoints.preview_policy(scope, values))
        if as_json:
            show_json(preview)
        else:
            _show_preview(preview, api.send(endpoints.variants()))
        return
    changed = api.send(endpoints.change_policy(scope, values))
    if as_json:
        show_json(changed)
        return
    given = values_text(dict(sorted(changed.values.items())))
    given += [f"model = {changed.model}"] if changed.model else []
    typer.echo(f"{changed.scope}: {', '.join(given) or 'nothing set'}")


def _show_preview(preview: PolicyPreview, variants: list[Variant]) -> None:
    shown = "" if preview.examined == preview.concerned else f", {preview.examined} examined"
    typer.echo(f"{preview.concerned} devices concerned{shown}; {len(preview.changes)} would change")
    if preview.changes:
        typer.echo(table(preview.changes, plan_change_columns(variants)), nl=False)


def _scope(
    device: str | None, label: str | None, group_name: str | None, of_group: str | None
) -> str:
    given = [
        None if device is None else f"device:{device}",
        None if label is None else f"label:{label}",
        None if group_name is None else f"label:group={group_name}",
        None if of_group is None else f"group:{of_group}",
    ]
    scopes = [scope for scope in given if scope is not None]
    options = "--device, --label, --group and --of-group"
    if "" in (device, label, group_name, of_group):  # as from a variable that is not set
        raise CommandError(f"one of {options} is empty; leave it out for the fleet")
    if len(scopes) > 1:
        raise CommandError(f"give one of {options}")
    return scopes[0] if scopes else "fleet"


def _change(text: str) -> tuple[str, float | str]:
    name, sign, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        if not (sign and value):
            raise CommandError(
                f"{text!r} is no NAME=NUMBER or NAME=CHOICE; as in min_fps=2, objective=counts"
            ) from None
        return name, value  # the name of a choice
