"""Commands on models and variants."""

from typing import Annotated

import typer
from lamplighter_client import endpoints

from lamplighter_cli.columns import MODEL_COLUMNS, VARIANT_COLUMNS
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import show_rows

model_app = group("Models.")
variant_app = group("Variants.")


@model_app.command("list")
def model_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Models with their recipes."""
    models = client(data, url, token).send(endpoints.models())
    show_rows(models, MODEL_COLUMNS, as_json)


@model_app.command("show")
def model_show(
    model: Annotated[str, typer.Argument(help="Model id.")],
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """The variants of one model, built or possible."""
    variants = client(data, url, token).send(endpoints.variants())
    variants = [variant for variant in variants if variant.model == model]
    if not variants:
        raise CommandError(f"no model {model!r}; see: lamplighter model list")
    show_rows(variants, VARIANT_COLUMNS, as_json)


@variant_app.command("list")
def variant_list(
    as_json: Json = False, data: Data = None, url: Url = None, token: Token = None
) -> None:
    """Everything that is built or could be."""
    variants = client(data, url, token).send(endpoints.variants())
    show_rows(variants, VARIANT_COLUMNS, as_json)
