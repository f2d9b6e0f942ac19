"""The job that makes a parent for one site, and what it gives back."""

from collections.abc import Sequence

import msgspec
from lamplighter_recipes.variants.identity import Materials
from lamplighter_recipes.variants.site_parents import SiteResult, site_parent_name, site_slug

from lamplighter_controller.workshop.build_jobs import ALL
from lamplighter_controller.workshop.jobs import Job
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder

TARGET = "lamplighter_controller.workshop.sites.site_tasks:specialise"
# An hour of processor on a machine that has other things to do.
LONGEST_S = 6 * 3600.0
PICTURES_DIR, REPLAY_DIR = "pictures_dir", "replay_dir"


class SiteOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What the job gives back: the result, and the parent's files by name where it is kept."""

    result: SiteResult
    files: dict[str, bytes] = {}


def job_key(site: str) -> str:
    """One work for each site."""
    return f"specialise {site_slug(site)}"


def site_job(
    materials: Materials, order: SiteOrder, work_dir: str, parents: Sequence[tuple[str, str]]
) -> Job:
    """Work on an order. `parents` (name, family): whose accuracy at the site is measured."""
    names = sorted({order.base, order.teacher, *(name for name, _ in parents)})
    replay = order.replay or str(materials.calibration_dir)
    folders = {PICTURES_DIR: order.pictures, REPLAY_DIR: replay}
    return Job(
        key=job_key(order.site),
        target=TARGET,
        payload={
            "order": msgspec.to_builtins(order),
            "work_dir": work_dir,
            "parents": [list(parent) for parent in parents],
        },
        materials={**materials.names(), **folders},
        reads={
            "weights_dir": [f"{name}.*" for name in names],
            "evaluation_dir": [ALL],
            "cache_dir": [f"parents/{name}-*/{ALL}" for name in names],
            PICTURES_DIR: [ALL],
            REPLAY_DIR: [ALL],
        },
        writes=[f"parents/{site_parent_name(order.base, order.site)}-*/{ALL}"],
        private=[PICTURES_DIR] if order.device else [],
        background=True,
        timeout_s=LONGEST_S,
    )
