"""What stands above and below the fleet table: figures, trouble, events. Pure."""

from collections.abc import Sequence

from lamplighter_client.documents import Device, Event, Job, Notice
from lamplighter_client.wording import event_text, subject
from lamplighter_wire.enums import Severity

from lamplighter_controller.dashboard.markup import said
from lamplighter_controller.dashboard.view import clock, current_window, rank

SEVERITY_STYLE = {Severity.WARNING: "yellow", Severity.ERROR: "bold red"}
MOST_NOTICES = 5
MOST_JOBS = 2


def fleet_line(devices: Sequence[Device], jobs: Sequence[Job] = ()) -> str:
    """One line over the whole fleet."""
    windows = [window for window in map(current_window, devices) if window is not None]
    parts = [
        f"[b]{sum(device.online for device in devices)}[/] of {len(devices)} online",
        f"[b]{sum(window.fps_served for window in windows):.1f}[/] frames/s",
        f"[b]{sum(window.power_w for window in windows):.1f}[/] W",
    ]
    parts += [_job(job) for job in jobs if job.is_running][:MOST_JOBS]
    return "   ".join(parts)


def _job(job: Job) -> str:
    share = 100 * job.progress
    return f"[cyan]building {said(job.subject)} {share:.0f} % {said(job.stage)}[/]"


def fleet_trouble(devices: Sequence[Device]) -> str:
    """The worst notices of the fleet, one a line; empty when all is well."""
    notices = [
        (notice, device.id) for device in sorted(devices, key=rank) for notice in device.attention
    ]
    notices.sort(key=lambda entry: entry[0].severity is not Severity.ERROR)
    lines = [_notice_line(notice, device) for notice, device in notices]
    if len(lines) > MOST_NOTICES:
        more = len(lines) - MOST_NOTICES + 1
        lines = [*lines[: MOST_NOTICES - 1], f"[dim]and {more} more[/]"]
    return "\n".join(lines)


def device_trouble(device: Device) -> str:
    """All notices of one device, one a line."""
    return "\n".join(_notice_line(notice) for notice in device.attention)


def _notice_line(notice: Notice, device: str = "") -> str:
    style = SEVERITY_STYLE.get(notice.severity, "yellow")
    name = f"[b]{said(device)}[/] " if device else ""
    return f"[{style}]▲[/] {name}{said(notice.text)}"


def event_line(event: Event) -> str:
    """One line of the log."""
    style = SEVERITY_STYLE.get(event.severity)
    text = said(event_text(event))
    shown = f"[{style}]{text}[/]" if style else text
    return f"[dim]{clock(event.at)}[/] [b]{said(subject(event))}[/] {shown}"
