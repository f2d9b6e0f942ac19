"""What the child process does for a site. Imported only there: it needs torch."""

from pathlib import Path
from typing import Any

import msgspec
from lamplighter_recipes.sites.site_training import SiteTrainingConfig
from lamplighter_recipes.sites.specialise_site import SiteRequest, specialise_site
from lamplighter_recipes.variants.identity import Materials

from lamplighter_controller.workshop.executors.executor import Progress
from lamplighter_controller.workshop.sites.site_jobs import PICTURES_DIR, REPLAY_DIR, SiteOutput
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder

# Where the work leaves its checkpoint on a machine that is not the controller's.
WORK = "site-work"


def specialise(
    progress: Progress,
    *,
    materials: dict[str, str],
    order: Any,
    work_dir: str,
    parents: list[list[str]],
) -> Any:
    """Make a site's parent; returns SiteOutput. What was trained in `work_dir` is gone on from.

    Elsewhere there is no such place: what was trained goes with the job's own cache.
    """
    asked = msgspec.convert(order, SiteOrder)
    folders = {k: v for k, v in materials.items() if k not in (PICTURES_DIR, REPLAY_DIR)}
    request = SiteRequest(
        site=asked.site,
        base=asked.base,
        teacher=asked.teacher,
        family=asked.family,
        teacher_family=asked.teacher_family,
        others=[(name, family) for name, family in parents],
        pictures=Path(materials[PICTURES_DIR]),
        replay=Path(materials[REPLAY_DIR]),
        training=SiteTrainingConfig(steps=asked.steps, moved_share=asked.moved),
    )
    work = Path(work_dir)
    if not work.parent.is_dir():  # the folder of the order lies on the controller's machine
        work = Path(materials["cache_dir"]) / WORK
    result = specialise_site(request, Materials.from_names(folders), work, progress)
    files = {path.name: path.read_bytes() for path in work.glob(f"{result.parent}.*")}
    output = SiteOutput(result=result, files=files if result.kept else {})
    return msgspec.to_builtins(output, builtin_types=[bytes])
