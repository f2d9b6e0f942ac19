"""A site's parent as the API shows it."""

from lamplighter_client.documents.sites import SiteGain, SiteParent
from lamplighter_recipes.variants.site_parents import Gain, SiteResult
from lamplighter_wire.enums import JobState

from lamplighter_controller.store.records import JobRecord
from lamplighter_controller.workshop.sites.site_shelf import SiteOrder


def site_document(
    site: str,
    order: SiteOrder | None,
    job: JobRecord | None,
    result: SiteResult | None,
    kept: SiteResult | None,
) -> SiteParent:
    """What is under way, what came of the last work, and what is offered.

    Args:
        site: its name.
        order: work without an outcome, and `job`, how far it is.
        result: of the last work.
        kept: what is offered, perhaps of an earlier one.
    """
    shown = result or SiteResult(site=site, parent="")
    return SiteParent(
        site=site,
        parent=kept.parent if kept else "",
        version=kept.version if kept else "",
        base=order.base if order else shown.base,
        teacher=order.teacher if order else shown.teacher,
        state=JobState.RUNNING if order else JobState.DONE,
        progress=job.progress if job else 0.0 if order else 1.0,
        stage=job.stage if job else "",
        kept=shown.kept,
        reasons=shown.reasons,
        pictures=shown.pictures,
        held_out=shown.held_out,
        labelled=shown.labelled,
        agreement=_gain(shown.agreement),
        labels=_gain(shown.labels) if shown.labels else None,
        elsewhere=_gain(shown.elsewhere),
        measured_by=shown.measured_by if result else "",
        seconds=round(sum(shown.seconds.values()), 1),
    )


def _gain(gain: Gain) -> SiteGain:
    return SiteGain(before=gain.before, after=gain.after, low=gain.low, high=gain.high)
