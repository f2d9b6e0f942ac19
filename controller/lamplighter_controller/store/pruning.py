"""Which rows of the history may go: statements in the order in which their keys permit it."""

import sqlalchemy as sa

from lamplighter_controller.store import tables as t


def outdated(before: float) -> list[sa.Delete]:
    """Deletes of what ended before a wall-clock time in seconds.

    A device's last deployment and its plan say what it should serve, and an answer without an
    outcome still waits for its own; these stay, however old.
    """
    deployments, plans, answers, jobs = t.deployments, t.plans, t.recompressions, t.jobs
    last = sa.select(t.devices.c.revision).where(t.devices.c.id == deployments.c.device)
    used = sa.select(deployments.c.plan)
    return [
        sa.delete(t.events).where(t.events.c.received_at < before),
        sa.delete(answers).where(answers.c.at < before, answers.c.outcome != ""),
        sa.delete(deployments).where(
            deployments.c.at < before, deployments.c.revision != last.scalar_subquery()
        ),
        sa.delete(plans).where(plans.c.at < before, plans.c.id.not_in(used)),
        sa.delete(jobs).where(jobs.c.finished_at < before),
    ]
