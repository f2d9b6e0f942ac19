"""When which frame of a playlist is due: pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a playlist; `repeat` plays the clip several times in a row."""

    clip: Path
    phase: str = ""
    repeat: int = 1
    seconds: float = 0.0  # cut the entry to this length; 0: as long as it is
    begin: float = 0.0  # seconds into the clip at which it begins, at every repeat


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a clip was recorded."""

    fps: float
    frames: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """An entry on the time line: seconds and frame numbers from the start of a round."""

    item: Item
    fps: float
    first: int  # number of the clip's first frame that is shown
    clip_frames: int  # from there to the clip's end
    frames: int
    start_frame: int
    start_s: float

    @property
    def end_frame(self) -> int:
        return self.start_frame + self.frames

    @property
    def end_s(self) -> float:
        return self.start_s + self.frames / self.fps


class Timeline:
    """Entries one after another, and round again. An index counts the frames of all rounds.

    Args:
        fps: plays faster or slower than recorded when given.
    """

    def __init__(
        self, items: Sequence[Item], clips: Mapping[Path, Recorded], fps: float | None
    ) -> None:
        self._stretches: list[Stretch] = []
        for item in items:
            before = self._stretches[-1] if self._stretches else None
            self._stretches.append(_stretch(item, clips[item.clip], fps, before))
        self._start_frames = [stretch.start_frame for stretch in self._stretches]
        self._starts_s = [stretch.start_s for stretch in self._stretches]

    @property
    def fps(self) -> float:
        """Of the first entry."""
        return self._stretches[0].fps

    @property
    def frames(self) -> int:
        """Of one round."""
        return self._stretches[-1].end_frame

    @property
    def seconds(self) -> float:
        """Length of one round."""
        return self._stretches[-1].end_s

    def phases(self) -> list[tuple[str, float]]:
        """(phase, first second) of the entries, from the start of a round."""
        return [(stretch.item.phase, stretch.start_s) for stretch in self._stretches]

    def index_at(self, elapsed_s: float) -> int:
        """The newest frame that is due so long after the start."""
        rounds, within_s = divmod(max(elapsed_s, 0.0), self.seconds)
        stretch = self._stretches[bisect_right(self._starts_s, within_s + 1e-6) - 1]
        offset = min(int((within_s - stretch.start_s) * stretch.fps + 1e-6), stretch.frames - 1)
        return int(rounds) * self.frames + stretch.start_frame + offset

    def second_of(self, index: int) -> float:
        """When a frame is due, in seconds after the start."""
        rounds, within = divmod(index, self.frames)
        stretch = self._stretch_at(within)
        offset = within - stretch.start_frame
        return rounds * self.seconds + stretch.start_s + offset / stretch.fps

    def place(self, index: int) -> tuple[Item, int]:
        """The entry that a frame belongs to, and its number in the clip."""
        within = index % self.frames
        stretch = self._stretch_at(within)
        number = stretch.first + (within - stretch.start_frame) % stretch.clip_frames
        return stretch.item, number

    def _stretch_at(self, within: int) -> Stretch:
        return self._stretches[bisect_right(self._start_frames, within) - 1]


def _stretch(item: Item, clip: Recorded, fps: float | None, before: Stretch | None) -> Stretch:
    """An entry behind the one before."""
    first = min(round(item.begin * clip.fps), clip.frames - 1)
    clip_frames = clip.frames - first
    played_fps = fps or clip.fps
    frames = clip_frames * max(item.repeat, 1)
    if item.seconds > 0:
        frames = max(min(frames, round(item.seconds * played_fps)), 1)
    start_frame, start_s = (before.end_frame, before.end_s) if before else (0, 0.0)
    return Stretch(item, played_fps, first, clip_frames, frames, start_frame, start_s)
