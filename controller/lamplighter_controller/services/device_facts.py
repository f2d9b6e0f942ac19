"""What a device is: its capabilities and its probe."""

import msgspec
from lamplighter_wire.messages import Capabilities, Probe

from lamplighter_controller.services.context import Context
from lamplighter_controller.services.decisions import consider


def record_capabilities(ctx: Context, device: str, capabilities: Capabilities) -> None:
    before = ctx.store.device(device).capabilities
    ctx.store.update_device(device, capabilities=capabilities, last_seen=ctx.clock.time())
    # Free disk is never twice the same, and decides nothing.
    free = {"disk_free_bytes": capabilities.disk_free_bytes}
    if before is not None and msgspec.structs.replace(before, **free) == capabilities:
        return
    if before is not None:
        ctx.event("capabilities", f"{device} has changed", device=device)
    consider(ctx, device, "capabilities")


def record_probe(ctx: Context, device: str, probe: Probe) -> None:
    if ctx.store.device(device).probe == probe:
        return
    ctx.store.update_device(device, probe=probe, last_seen=ctx.clock.time())
    consider(ctx, device, "probe")
