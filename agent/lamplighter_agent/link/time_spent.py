"""Seconds that a device has spent at work: what it keeps ages by these, whatever its clock says."""

from pathlib import Path

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode_channel, encode
from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import Event, Telemetry

# A clock that says less was never set: this program did not exist then.
EARLIEST_S = 1_577_836_800.0  # 2020
# As far as two clocks may differ without a word: nothing here depends on less.
MOST_APART_S = 3600.0
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


def redated(channel: str, payload: bytes, put_at: float, latest_s: float) -> bytes:
    """What was said by a clock that was not set, or far ahead, with its right date; else as it is.

    Args:
        latest_s: a right date is not later than this wall time.
        put_at: wall time at which it was put aside, by what has been spent since.
    """
    try:
        message = decode_channel(channel, payload)
    except CodecError:
        return payload
    match message:
        case Telemetry() if not EARLIEST_S <= message.start <= latest_s:
            begun_at = put_at - message.seconds
            return encode(msgspec.structs.replace(message, start=begun_at))
        case Event() if not EARLIEST_S <= message.at <= latest_s:
            return encode(msgspec.structs.replace(message, at=put_at))
    return payload
