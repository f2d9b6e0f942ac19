"""Seconds that a device has spent at work: what it keeps ages by these, whatever its clock says."""

from pathlib import Path

from lamplighter_wire.clock import Clock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_number(path: Path = BOOT_ID) -> int:
    """Which start of the machine this is; 0 where it does not tell."""
    try:
        return int(path.read_text().strip().replace("-", "")[:15], 16)
    except (OSError, ValueError):
        return 0


class TimeSpent:
    """Counts on from where it was noted: over restarts of the agent, not while the machine is off.

    Args:
        noted: what `note` gave last; zeros at first.
    """

    def __init__(self, clock: Clock, noted: tuple[int, int, int], boot: int) -> None:
        self._clock, self._boot = clock, boot
        spent_ms, noted_boot, noted_at_ms = noted
        now_ms = self._now_ms()
        is_same = boot == noted_boot and now_ms >= noted_at_ms
        self._offset_ms = spent_ms - (noted_at_ms if is_same else now_ms)

    @property
    def seconds(self) -> float:
        return (self._now_ms() + self._offset_ms) / 1000

    def note(self) -> tuple[int, int, int]:
        """Milliseconds spent, the boot, and its monotonic clock in milliseconds."""
        now_ms = self._now_ms()
        return now_ms + self._offset_ms, self._boot, now_ms

    def _now_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)
