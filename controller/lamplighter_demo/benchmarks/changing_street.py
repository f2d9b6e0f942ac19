"""A street that waits at a red light, then drives off: footage of the recompression benchmark."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from lamplighter_demo.city.running import City

CAMERA = "south-arm"
# What drives off in these clips is twice as fast in the bench.
SPEED = 2
WAIT_S = 26.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where in a phase's clip nothing moves for how long, and where it drives off (seconds)."""

    phase: str
    red_at: float
    red_s: float
    green_at: float
    green_s: float


STRETCHES = (
    Stretch("morning-rush", 13.0, 7.0, 38.0, 6.8),
    Stretch("evening-rush", 12.0, 6.0, 24.0, 5.0),
)


def faster_clips(clips: Path, folder: Path, factor: int = SPEED) -> Path:
    """Copies of the clips in use that play faster: the same pictures with shorter times."""
    folder.mkdir(parents=True)
    for stretch in STRETCHES:
        name = f"{CAMERA}-{stretch.phase}"
        _retimed(clips / f"{name}.mp4", folder / f"{name}.mp4", factor)
    for truth in clips.glob("*.truth.json.gz"):
        shutil.copy(truth, folder)
    return folder


def _retimed(source: Path, target: Path, factor: int) -> None:
    import av

    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is not None and packet.pts is not None:
                packet.pts, packet.dts = packet.pts // factor, packet.dts // factor
                packet.duration = packet.duration // factor if packet.duration else None
                packet.stream = copy
                made.mux(packet)


def write_changing_playlist(city: City, stretch: Stretch, start_at: float, green_s: float) -> float:
    """Red for a while, then green for `green_s` at least; the second at which it changes."""
    clip = str((city.clips / f"{CAMERA}-{stretch.phase}.mp4").resolve())

    def items(light: str, begin: float, seconds: float, total_s: float) -> list[dict[str, object]]:
        part = {"clip": clip, "phase": light, "begin": begin / SPEED, "seconds": seconds / SPEED}
        return [part] * max(1, round(total_s * SPEED / seconds))

    red = items("red", stretch.red_at, stretch.red_s, WAIT_S)
    green = items("green", stretch.green_at, stretch.green_s, green_s)
    document = {"items": red + green, "start_at": start_at, "loop": True}
    city.playlist(CAMERA).write_text(json.dumps(document))
    return len(red) * stretch.red_s / SPEED
