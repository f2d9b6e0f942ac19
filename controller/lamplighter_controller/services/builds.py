"""Variants under construction: one job each, however many devices wait."""

import secrets
from collections.abc import Callable
from concurrent.futures import Future

import msgspec
from lamplighter_wire.enums import Severity

from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.context import Context, Refusal
from lamplighter_controller.services.learning import find_spec
from lamplighter_controller.services.projections import keep_variant
from lamplighter_controller.store.records import JobRecord

Resume = Callable[[Context, str, str], None]


def start(ctx: Context, variant: str, device: str, resume: Resume) -> None:
    """Build a variant for a device; `resume(ctx, variant, error)` follows on the worker."""
    waiting = ctx.building.get(variant)
    if waiting is not None:
        waiting.add(device)
        return
    ctx.building[variant] = {device}
    spec = find_spec(ctx, variant)
    if spec is None or spec.built:
        ctx.worker.submit(resume, ctx, variant, "" if spec else "not in the catalogue")
        return
    job = JobRecord(
        id=secrets.token_hex(8),
        kind="build",
        subject=variant,
        state="running",
        created_at=ctx.clock.time(),
    )
    ctx.store.put_job(job)
    ctx.event("build", f"building {variant} for {device}", device=device, variant=variant)
    future = ctx.builder.build(
        spec, lambda share, stage: ctx.worker.submit(_progress, ctx, job, share, stage)
    )
    future.add_done_callback(lambda done: ctx.worker.submit(_finish, ctx, job, done, resume))


def evaluate(ctx: Context, variant: str) -> None:
    """Measure a variant built in haste in full; its expected accuracy is replaced."""
    spec = find_spec(ctx, variant)
    if spec is None or not spec.built:
        return
    future = ctx.builder.evaluate(spec, lambda _share, _stage: None)
    future.add_done_callback(lambda done: ctx.worker.submit(_evaluated, ctx, variant, done))


def _evaluated(ctx: Context, variant: str, done: "Future[VariantSpec]") -> None:
    failure = done.exception()
    if failure is not None:
        text = f"{variant} was not evaluated: {failure}"
        ctx.event("evaluation_failed", text, severity=Severity.WARNING, variant=variant)
        return
    keep_variant(ctx, done.result())
    ctx.event("evaluated", f"{variant} is evaluated in full", variant=variant)


def exclude_unbuildable(ctx: Context, device: str, variant: str) -> None:
    """Leave out a variant that cannot be built, for as long as a refused one."""
    until = ctx.clock.time() + ctx.settings.refusal_s
    refused = ctx.state(device).refused | {variant: Refusal("BUILD_FAILED", until)}
    ctx.remember(device, refused=refused)


def close_lost(ctx: Context, job: JobRecord) -> None:
    """A job whose process ended with the controller."""
    now = ctx.clock.time()
    text = "the controller was stopped meanwhile"
    ctx.store.put_job(msgspec.structs.replace(job, state="failed", error=text, finished_at=now))


def _progress(ctx: Context, job: JobRecord, share: float, stage: str) -> None:
    known = next((j for j in ctx.store.jobs() if j.id == job.id), job)
    if known.state == "running":
        ctx.store.put_job(msgspec.structs.replace(known, progress=share, stage=stage))


def _finish(ctx: Context, job: JobRecord, done: "Future[VariantSpec]", resume: Resume) -> None:
    now = ctx.clock.time()
    failure = done.exception()
    error = "" if failure is None else str(failure) or type(failure).__name__
    if not error:
        keep_variant(ctx, done.result())
        ctx.event(
            "built",
            f"{job.subject} built in {now - job.created_at:.1f} s",
            variant=job.subject,
            seconds=now - job.created_at,
        )
        if ctx.settings.evaluate_after_s > 0:
            ctx.worker.later(ctx.settings.evaluate_after_s, evaluate, ctx, job.subject)
    ended = msgspec.structs.replace(
        job,
        state="failed" if error else "done",
        progress=job.progress if error else 1.0,
        error=error[:1000],
        finished_at=now,
    )
    ctx.store.put_job(ended)
    resume(ctx, job.subject, error)
