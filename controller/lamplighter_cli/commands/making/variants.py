"""Commands on variants of a running controller: what they would be on a device, and builds."""

import time
from typing import Annotated

import typer
from lamplighter_client.client import Client
from lamplighter_client.documents import Job
from lamplighter_client.documents.making.fronts import FrontPoint
from lamplighter_client.making import endpoints
from lamplighter_client.making.costs import Cost, cost_of, front_of, name_of
from lamplighter_client.making.recipe_words import recipe_words
from lamplighter_wire.words.accuracy import basis_words

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, DeviceArgument, Json, Token, Url, client
from lamplighter_cli.output import Column, show, show_json, show_rows
from lamplighter_cli.progress import report

LOOK_S = 1.0
VariantArgument = Annotated[str, typer.Argument(help="Variant id.")]


def _standing(point: FrontPoint) -> str:
    if point.rejected_because:
        return point.rejected_because
    if point.broken:
        return "breaks " + ", ".join(f"{name} by {v:.0%}" for name, v in point.broken.items())
    return "serving" if point.is_serving else ""


def _basis(point: FrontPoint) -> str:
    predicted = point.predicted
    return basis_words(predicted.ap50_basis, predicted.measured_on) if predicted else ""


def _columns(on_front: set[str]) -> list[Column[FrontPoint]]:
    def figure(cost: Cost) -> Column[FrontPoint]:
        title = {Cost.LATENCY: "P95 MS", Cost.ENERGY: "MJ/FRAME", Cost.BYTES: "MIB"}[cost]
        return Column(title, lambda point: cost_of(point, cost) or None)

    return [
        Column("POINT", name_of),
        Column("AP50", lambda p: p.predicted.expected_ap50 if p.predicted else None),
        Column("AP50 IS", _basis),
        figure(Cost.LATENCY),
        figure(Cost.ENERGY),
        figure(Cost.BYTES),
        Column("FRONT", lambda point: name_of(point) in on_front),
        Column("BUILT", lambda point: point.built),
        Column("STANDING", _standing),
    ]


def variant_front(
    device: DeviceArgument,
    regime: Annotated[str, typer.Option(help="Of the street, such as night-rain-jam.")] = "",
    cost: Annotated[Cost, typer.Option(help="What accuracy is paid with.")] = Cost.LATENCY,
    only: Annotated[bool, typer.Option("--only", help="Only points that no other beats.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What each variant would be on a device, at each size, the most accurate first."""
    found = client(data, url, token).send(endpoints.front(device, regime))
    on_front = {name_of(point) for point in front_of(found.points, cost)}
    points = [p for p in found.points if not only or name_of(p) in on_front]
    points.sort(key=lambda p: -(p.predicted.expected_ap50 if p.predicted else 0.0))
    if as_json:
        show_json(found if not only else points)
        return
    processor = found.processor or found.hardware
    report(f"{device} ({processor}) in {found.regime}, {found.fps_demand:.1f} frames/s")
    show_rows(points, _columns(on_front), as_json)


def variant_recipe(
    variant: VariantArgument,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """How a variant is made, in words."""
    from lamplighter_client.endpoints import variants

    api = client(data, url, token)
    wanted = next((one for one in api.send(variants()) if one.id == variant), None)
    if wanted is None:
        raise CommandError(f"no variant {variant!r}; see: lamplighter variant list")
    recipe = next((one for one in api.send(endpoints.recipes()) if one.name == wanted.recipe), None)
    if recipe is None:
        raise CommandError(f"the recipe {wanted.recipe!r} is no longer in the catalogue")
    show(recipe, "\n".join(recipe_words(recipe)), as_json)


def variant_build(
    variant: VariantArgument,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is built or has failed.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Build a variant for which no device waits; the controller does the work."""
    api = client(data, url, token)
    job = api.send(endpoints.build(variant))
    if wait:
        job = _ended(api, job)
    show(job, f"{job.subject}: {job.state}, job {job.id}", as_json)
    if job.error:
        raise CommandError(f"{job.subject} was not built: {job.error}")


def _ended(api: Client, job: Job) -> Job:
    said = ""
    while job.is_running:
        text = f"{job.progress:.0%} {job.stage}"
        if text != said:
            report(text)
        said = text
        time.sleep(LOOK_S)
        job = api.send(endpoints.job(job.id))
    return job
