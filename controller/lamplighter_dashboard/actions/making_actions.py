"""What can be begun and ended in the workshop, and of what travels. Pure."""

from lamplighter_client.documents import Job
from lamplighter_client.documents.making.fronts import FrontPoint
from lamplighter_client.documents.making.transfers import TransferEntry
from lamplighter_client.making import endpoints

from lamplighter_dashboard.actions.device_actions import HOURS, REASON
from lamplighter_dashboard.actions.proposal import (
    Draft,
    Given,
    NotYetError,
    Proposal,
    hours,
    needed,
    settled,
)
from lamplighter_dashboard.words import figures


def build(point: FrontPoint) -> Draft:
    """Build a variant for which no device waits."""
    title = f"Build {point.variant}"
    if point.built:

        def refuse(_given: Given) -> Proposal:
            raise NotYetError(f"{point.variant} is built already")

        return Draft(title, refuse)
    effects = ["The workshop builds it, beside what devices wait for; no device is sent anything."]
    if point.build_seconds:
        effects.append(f"It took {point.build_seconds:.0f} s the last time.")
    if point.wire_bytes:
        effects.append(f"It will have about {figures.mebibytes(point.wire_bytes)} to send.")
    return settled(
        Proposal(
            title=title,
            effects=effects,
            requests=[endpoints.build(point.variant)],
            done=f"{point.variant}: building",
        )
    )


def cancel(job: Job) -> Draft:
    """End a piece of work."""
    title = f"End the work on {job.subject}"
    if not job.is_running:

        def refuse(_given: Given) -> Proposal:
            raise NotYetError("it has ended already")

        return Draft(title, refuse)
    if job.kind == "build":
        effects = [
            f"What was done of it ({figures.share(job.progress)}) is lost.",
            "Devices that wait for it are planned for without it, for as long as a refusal lasts.",
        ]
    else:
        effects = ["What it has left is gone on from when it is asked for again."]
    return settled(
        Proposal(
            title=title,
            effects=effects,
            requests=[endpoints.cancel(job.id)],
            done=f"{job.subject}: is being ended",
        )
    )


def call_off(entry: TransferEntry) -> Draft:
    """Take back what is still under way to a device."""
    title = f"Call off {entry.variant} for {entry.device}"

    def build_it(given: Given) -> Proposal:
        if entry.outcome:
            raise NotYetError("it has ended already")
        reason, life_s = needed(given, "reason", "write why"), hours(given)
        return Proposal(
            title=title,
            effects=[
                f"{entry.device} is sent no more of {entry.variant} and serves on what it serves;"
                " chunks that it has are kept.",
                f"For {given['hours'].strip()} hours no plan gives it {entry.variant}.",
            ],
            requests=[endpoints.call_off(entry.device, reason, life_s, entry.revision)],
            done=f"{entry.device}: {entry.variant} is called off",
        )

    return Draft(title, build_it, [REASON, HOURS])
