"""The demo day's footage: playlists for the agents, ground truth for the report."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamplighter_scenes.clips import Phase, load_truth
from lamplighter_scenes.demo_day import DEMO_DAY

WARM_UP = "warm-up"
# While devices start, these seconds of the first clip are shown again and again: nothing drives at
# either camera, as on a night before anybody has got up.
STILL_FROM_S, STILL_S = 12.0, 10.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One phase on the wall clock."""

    phase: Phase
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each phase is on; before the day the warm-up shows still seconds of the first."""

    start_at: float
    warm_up_s: float
    stretches: tuple[Stretch, ...]

    @property
    def end(self) -> float:
        return self.stretches[-1].end

    @property
    def day_begins(self) -> float:
        return self.stretches[0].start

    def phase_at(self, at: float) -> str:
        """Name of the phase at a wall time; the warm-up before, the last one after."""
        for stretch in self.stretches:
            if at < stretch.end:
                return stretch.phase.name if at >= stretch.start else WARM_UP
        return self.stretches[-1].phase.name

    def change_before(self, at: float) -> float:
        """The newest true change of the street at or before a wall time."""
        starts = [s.start for s in self.stretches if s.start <= at]
        return starts[-1] if starts else self.start_at


def timeline(start_at: float, warm_up_s: float, phase_s: float = 0.0) -> Timeline:
    """Phases in a row after the warm-up; `phase_s` cuts each one (0: whole clips)."""
    stretches, clock = [], start_at + warm_up_s
    for phase in DEMO_DAY:
        seconds = min(phase_s, phase.seconds) if phase_s else phase.seconds
        stretches.append(Stretch(phase, clock, clock + seconds))
        clock += seconds
    return Timeline(start_at, warm_up_s, tuple(stretches))


def write_playlist(path: Path, clips: Path, camera: str, line: Timeline) -> None:
    """The playlist of one camera, pinned to the wall clock. Clips are named absolutely."""

    def clip(phase: Phase) -> str:
        return str((clips / f"{camera}-{phase.name}.mp4").resolve())

    rounds, rest_s = divmod(line.warm_up_s, STILL_S)
    still = {"clip": clip(DEMO_DAY[0]), "phase": WARM_UP, "begin": STILL_FROM_S}
    lengths_s = [STILL_S] * int(rounds) + [rest_s] * (rest_s > 0)
    items: list[dict[str, Any]] = [still | {"seconds": seconds} for seconds in lengths_s]
    items += [
        {"clip": clip(s.phase), "phase": s.phase.name, "seconds": s.end - s.start}
        for s in line.stretches
    ]
    document = {"items": items, "start_at": line.start_at, "loop": True}
    path.write_text(json.dumps(document, indent=2))


def counting_lines(clips: Path, camera: str) -> list[dict[str, Any]]:
    """The camera's counting lines, from its ground truth."""
    lines: list[dict[str, Any]] = truth(clips, camera, DEMO_DAY[0].name)["lines"]
    return lines


def truth(clips: Path, camera: str, phase: str) -> dict[str, Any]:
    """Ground truth of one clip; see `lamplighter_scenes.clips.load_truth`."""
    return load_truth(clips / f"{camera}-{phase}.mp4")


def frames_of(clip: Path) -> Iterator[Any]:
    """All pictures of a clip, as av.VideoFrame, decoded on one thread."""
    import av

    with av.open(str(clip)) as container:
        container.streams.video[0].thread_type = "NONE"
        yield from container.decode(video=0)


def true_crossings(clips: Path, camera: str, line: Timeline) -> Counter[str]:
    """Objects that crossed in the footage shown after the warm-up, by movement: "south/in"."""
    total: Counter[str] = Counter()
    for stretch in line.stretches:
        document = truth(clips, camera, stretch.phase.name)
        last_frame = (stretch.end - stretch.start) * document["fps"]
        total.update(
            f"{crossing['line']}/{crossing['direction']}"
            for crossing in document["crossings"]
            if crossing["frame"] < last_frame
        )
    return total
