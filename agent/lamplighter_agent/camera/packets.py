"""How many pictures a video file has, and whether they can be found by time: from its packets.

Files of browsers and recorders state no length, begin at any time, or are two recordings in one.
Nothing is decoded.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lamplighter_agent.errors import SourceError

# Within a recording no picture is shown for longer; what is longer is a jump of the clock.
LONGEST_GAP_S = 10.0
KEPT_FILES = 64


@dataclass(frozen=True, slots=True)
class PacketTimes:
    """Of one file. Without times pictures are found by counting from the beginning."""

    pictures: int
    first_pts: int = 0
    last_pts: int = 0
    has_times: bool = False


def packet_times(path: Path) -> PacketTimes:
    """Reads the whole file, once for as long as it does not change.

    Raises:
        SourceError: there are no pictures in it.
    """
    facts = path.stat()
    return _scanned(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=KEPT_FILES)
def _scanned(path: Path, _size: int, _changed: int) -> PacketTimes:
    import av

    shown: list[int | None] = []
    stored: list[int | None] = []
    with av.open(str(path), mode="r") as container:
        stream = container.streams.video[0]
        tick_s = float(stream.time_base or 1 / 90_000)
        try:
            for packet in container.demux(stream):
                if packet.size:
                    shown.append(packet.pts)
                    stored.append(packet.dts)
        except (av.FFmpegError, OSError):  # cut off: what is there is played
            pass
    return _judged(shown, stored, tick_s, path)


def _judged(
    shown: list[int | None], stored: list[int | None], tick_s: float, path: Path
) -> PacketTimes:
    if not shown:
        raise SourceError(f"the clip {path} has no pictures")
    times = sorted(time for time in shown if time is not None)
    order = [time for time in stored if time is not None]
    complete = len(times) == len(shown) == len(set(times))
    rises = all(before <= after for before, after in pairwise(order))
    close = all((after - before) * tick_s <= LONGEST_GAP_S for before, after in pairwise(times))
    if complete and rises and close:
        return PacketTimes(len(shown), times[0], times[-1], has_times=True)
    return PacketTimes(len(shown))


def rate_of(stream: Any) -> float:
    """Frames per second as a stream says; the usual where it does not."""
    return float(stream.average_rate or stream.guessed_rate or 25)
