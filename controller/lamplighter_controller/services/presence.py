"""Which devices are there: births, last wills, and what is said anew at a birth."""

from lamplighter_wire.enums import Severity
from lamplighter_wire.messages import Birth, Status

from lamplighter_controller.domain.message_order import Mark
from lamplighter_controller.services.context import Context
from lamplighter_controller.services.decisions import consider
from lamplighter_controller.services.deploy import renew, republish
from lamplighter_controller.store.records import DeviceRecord

# A short link loss is over before anybody needs to know of it.
WILL_RECHECK_S = 1.5


def record_birth(ctx: Context, device: str, birth: Birth) -> None:
    """A session begins: presence, and desired and reported state are reconciled."""
    record = ctx.store.device(device)
    if birth.epoch < record.epoch:
        return
    now = ctx.clock.time()
    fresh = birth.epoch > record.epoch
    changes = {"online": True, "epoch": birth.epoch} if fresh else {}
    record = ctx.store.update_device(
        device, last_seen=now, agent_version=birth.agent_version[:80], **changes
    )
    if fresh:
        ctx.remember(device, session=Mark(birth.epoch, birth.at))
        ctx.event("online", f"{device} is online", device=device, epoch=birth.epoch)
    reconcile(ctx, record, birth.highest_revision)


def reconcile(ctx: Context, record: DeviceRecord, highest_seen: int) -> None:
    """Bring a device up to the last revision, or pass a revision that only it knows of."""
    if highest_seen > record.revision:
        raised = ctx.store.update_device(record.id, revision=highest_seen)
        renew(ctx, raised, "the device knew a higher revision")
    elif record.revision and highest_seen < record.revision:
        republish(ctx, record)
    elif not record.revision:
        consider(ctx, record.id, "birth")


def record_status(ctx: Context, device: str, status: Status) -> None:
    """Presence; a will is believed only with the current epoch and after a short re-check."""
    record = ctx.store.device(device)
    if status.epoch < record.epoch:
        return
    if status.online:
        ctx.store.update_device(device, online=True, epoch=status.epoch, last_seen=ctx.clock.time())
        return
    ctx.store.update_device(device, epoch=status.epoch)
    ctx.worker.later(WILL_RECHECK_S, _confirm_offline, ctx, device, status.epoch)


def _confirm_offline(ctx: Context, device: str, epoch: int) -> None:
    record = ctx.store.device(device)
    if record.epoch == epoch and record.online:
        ctx.store.update_device(device, online=False)
        ctx.event("offline", f"{device} is offline", device=device, severity=Severity.WARNING)
