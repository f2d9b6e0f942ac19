"""Commands on webhooks: programs of others that are told what needs attention."""

from datetime import datetime
from typing import Annotated, cast

import typer
from lamplighter_client.documents import Webhook
from lamplighter_client.documents.requests import LeastSeverity
from lamplighter_client.watching import endpoints

from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show, show_rows

webhook_app = group("Webhooks: programs of others that are told what needs attention.")
WebhookArgument = Annotated[str, typer.Argument(metavar="ID", help="As `webhook list` shows it.")]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "minutes") if at else "-"


COLUMNS = (
    Column[Webhook]("ID", lambda webhook: webhook.id),
    Column[Webhook]("URL", lambda webhook: webhook.url),
    Column[Webhook]("FROM", lambda webhook: webhook.severity),
    Column[Webhook]("TOLD", lambda webhook: _moment(webhook.delivered_at)),
    Column[Webhook]("WAITING", lambda webhook: webhook.waiting),
    Column[Webhook]("TROUBLE", lambda webhook: webhook.trouble),
    Column[Webhook]("ABOUT", lambda webhook: webhook.about),
)


@webhook_app.command("add")
def webhook_add(
    url: Annotated[str, typer.Argument(help="Where to post: https://HOST/PATH.")],
    severity: Annotated[
        str, typer.Option(help="The least that is told: info, warning or error.")
    ] = "warning",
    about: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: Json = False,
    data: Data = None,
    url_of_controller: Url = None,
    token: Token = None,
) -> None:
    """Tell a program from now on. Its secret, by which it checks signatures, is shown only now."""
    request = endpoints.create_webhook(url, cast("LeastSeverity", severity), about)
    made = client(data, url_of_controller, token).send(request)
    show(made, f"{made.id}\nsecret: {made.secret}", as_json)


@webhook_app.command("list")
def webhook_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Who is told, how it went last, and how much waits."""
    webhooks = client(data, url, token).send(endpoints.webhooks())
    show_rows(webhooks, COLUMNS, as_json)


@webhook_app.command("test")
def webhook_test(
    webhook: WebhookArgument, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Tell it that this is a test; what came of it, `webhook list` shows."""
    tried = client(data, url, token).send(endpoints.try_webhook(webhook))
    typer.echo(f"{tried.url} is told; see: lamplighter webhook list")


@webhook_app.command("remove")
def webhook_remove(
    webhook: WebhookArgument, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Tell it nothing more; what waits is dropped."""
    removed = client(data, url, token).send(endpoints.delete_webhook(webhook))
    typer.echo(f"{removed.url} is told nothing more")
