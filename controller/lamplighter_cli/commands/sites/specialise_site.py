"""The command that makes a parent for one site, follows, stops and removes it."""

import time
from pathlib import Path
from typing import Annotated

import typer
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.documents import SiteEstimate, SiteGain, SiteParent
from lamplighter_client.documents.requests import SiteBody
from lamplighter_wire.enums import JobKind

from lamplighter_cli.columns import SITE_COLUMNS
from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import Data, Json, Token, Url, client, finite
from lamplighter_cli.output import show_json, show_rows
from lamplighter_cli.progress import print_progress, report

POLL_S = 1.0


def specialise_site(
    target: Annotated[
        str | None,
        typer.Argument(metavar="DEVICE|FOLDER", help="A device, or a folder of its pictures."),
    ] = None,
    site: Annotated[str, typer.Option(help="Whose parent; default: the device's site.")] = "",
    pictures: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures; default: the device sends some, if it may."),
    ] = None,
    count: Annotated[int, typer.Option(help="Pictures that a device sends.")] = 180,
    every: Annotated[
        float, typer.Option(callback=finite, help="Seconds between two of a camera.")
    ] = 20.0,
    stream: Annotated[str, typer.Option(help="One of the device's cameras; default: each.")] = "",
    keep_pictures: Annotated[
        bool, typer.Option("--keep-pictures", help="Do not delete them after use.")
    ] = False,
    base: Annotated[str, typer.Option(help="The parent to begin with.")] = "nanodet-p50",
    teacher: Annotated[str, typer.Option(help="Labels the pictures.")] = "nanodet-full",
    replay: Annotated[
        Path | None, typer.Option(help="Labelled pictures of the city; default: calibration.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of training.")] = 1000,
    moved: Annotated[
        float,
        typer.Option(
            min=0.001,
            max=1.0,
            callback=finite,
            help="Share of weights that may differ from the base's.",
        ),
    ] = 1.0,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it will cost and gain.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Begin, and do not follow.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the work; asked again it goes on.")] = (
        False
    ),
    remove: Annotated[bool, typer.Option("--remove", help="Drop the site's parent.")] = False,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Specialise a parent for one site from its own unlabelled pictures; without target: list.

    A device sends pictures only where its own settings say `share_pictures`.
    """
    if target == "":
        raise CommandError("the device or folder is empty; leave it out to list all sites")
    api = client(data, url, token)
    if not target and not site:
        listed = api.send(endpoints.sites())
        show_rows(listed, SITE_COLUMNS, as_json)
        return
    name, folder = _site_and_folder(api, target, site, pictures)
    if stop or remove:
        _show(api.send((endpoints.stop_site if stop else endpoints.remove_site)(name)), as_json)
        return
    if folder is None and not target:
        raise CommandError("name a device that sends pictures, or a folder of them")
    body = SiteBody(
        site=name,
        pictures=str(folder.resolve()) if folder else "",
        device="" if folder else target or "",
        stream=stream,
        count=count,
        interval_s=every,
        keep_pictures=keep_pictures,
        base=base,
        teacher=teacher,
        replay=str(replay.resolve()) if replay else "",
        steps=steps,
        moved=moved,
    )
    expected = api.send(endpoints.estimate_site(body))
    report(_estimate_line(expected))
    if estimate:
        if as_json:
            show_json(expected)
        return
    begun = api.send(endpoints.specialise_site(body))
    ended = begun if detach else _follow(api, name)
    _show(ended, as_json)
    if not detach and not ended.kept:
        raise typer.Exit(1)


def _site_and_folder(
    api: Client, target: str | None, site: str, pictures: Path | None
) -> tuple[str, Path | None]:
    """Whose parent, and where its pictures are; a folder that exists is one."""
    if target and Path(target).is_dir():
        if not site:
            raise CommandError(f"{target} is a folder: say with --site whose pictures it holds")
        return site, Path(target)
    if site or not target:
        return site, pictures
    device = api.send(endpoints.device(target))
    if not device.site:
        raise CommandError(
            f"{target} has no site; run: lamplighter device label {target} --site NAME"
        )
    return device.site, pictures


def _follow(api: Client, site: str) -> SiteParent:
    """Until the work has ended."""
    last = ("", 0.0)
    while True:
        shown = next((one for one in api.send(endpoints.sites()) if one.site == site), None)
        if shown is None or not shown.is_running:
            failure = _failure(api, site)
            if shown is None or failure:
                raise CommandError(f"no parent for {site}: {failure or 'see the events'}")
            return shown
        if (shown.stage, shown.progress) != last:
            last = shown.stage, shown.progress
            print_progress(shown.progress, shown.stage)
        time.sleep(POLL_S)


def _failure(api: Client, site: str) -> str:
    """Why the last work for a site has no result; empty: it has one."""
    jobs = api.send(endpoints.jobs())
    of_site = (job for job in jobs if job.kind == JobKind.SPECIALISE_SITE and job.subject == site)
    last = next(of_site, None)
    return last.error if last is not None else ""


def _show(site: SiteParent, as_json: bool) -> None:
    if as_json:
        show_json(site)
        return
    offered = f"offers {site.parent}" if site.parent else "has no parent of its own"
    typer.echo(f"{site.site}: {offered}")
    for reason in site.reasons:
        typer.echo(f"  - {reason}")
    if site.pictures:
        typer.echo(f"  - on the city's pictures {_gain(site.elsewhere)}")
        typer.echo(f"  - {site.pictures} pictures, {site.seconds:.0f} s")


def _gain(gain: SiteGain) -> str:
    return f"{gain.before:.3f} to {gain.after:.3f}"


def _estimate_line(estimate: SiteEstimate) -> str:
    gain = (
        "the gain is not known before the pictures were looked at"
        if estimate.gain_points is None
        else f"usually {estimate.gain_points:+.1f} points"
    )
    return (
        f"{estimate.pictures} pictures: about {estimate.seconds:.0f} s of one core, {gain}"
        f" (estimated from {estimate.basis})"
    )
