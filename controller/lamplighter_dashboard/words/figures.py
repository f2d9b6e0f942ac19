"""Figures as they are read at a glance: rounded, with their unit, a dash where there is none."""

from lamplighter_client.wording import per_cent

NOTHING = "–"
UNITS = ((86400.0, "days"), (3600.0, "h"), (60.0, "min"))
MIB = 2**20


def age(seconds: float) -> str:
    """ "now", "40 s", "12 min", "3 h" or "2 days"."""
    if seconds < 1.5:
        return "now"
    for size, unit in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def rate(served: float, demanded: float) -> str:
    """Frames per second, served of those demanded."""
    return f"{served:.1f}/{demanded:.1f}" if demanded or served else NOTHING


def milliseconds(value_ms: float) -> str:
    """With a digit behind the point below a hundred."""
    if not value_ms:
        return NOTHING
    return f"{value_ms:.1f}" if value_ms < 100 else f"{value_ms:.0f}"


def of_limit(value: float, limit: float, unit: str) -> str:
    """ "31 of 80 ms"; a value so near that both round alike gets another digit."""
    if not limit:
        return f"{value:.0f} {unit}"
    shown, most = f"{value:.0f}", f"{limit:.0f}"
    return f"{value:.1f} of {limit:.1f} {unit}" if shown == most else f"{shown} of {most} {unit}"


def ap50(value: float) -> str:
    """Average precision, 0 to 1, as two digits behind the point."""
    return f"{value:.2f}" if value else NOTHING


def energy(millijoules: float, source: str) -> str:
    """Per frame; with ~ in front where it is an estimate."""
    if not millijoules:
        return NOTHING
    return f"{'~' if source == 'estimate' else ''}{millijoules:.0f}"


def watts(power_w: float) -> str:
    """Of the whole device."""
    return f"{power_w:.1f}" if power_w else NOTHING


def celsius(temperature_c: float | None) -> str:
    """Of the device's processor."""
    return NOTHING if temperature_c is None else f"{temperature_c:.0f}"


def size(width: int, height: int) -> str:
    """Of the network's input."""
    return f"{width}x{height}" if width else NOTHING


def share(value: float) -> str:
    """0 to 1 in per cent."""
    return per_cent(value)


def count(number: int, what: str) -> str:
    """ "1 device", "12 devices"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", " ")


def mebibytes(size_bytes: float) -> str:
    """Bytes as they are bought."""
    return f"{size_bytes / MIB:.1f} MiB" if size_bytes < 10 * MIB else f"{size_bytes / MIB:.0f} MiB"
