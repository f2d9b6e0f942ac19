"""Where frames come from: clips, video files, folders of pictures, playlists of clips.

A real-time source moves on by itself, as a camera does: whoever reads late gets the newest frame.
A lost source is a state, not an exception: `read` gives None and tries again later.
"""

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamplighter_wire.clock import Clock

from lamplighter_agent.camera.decoding import Reel, open_reel
from lamplighter_agent.camera.frame import Frame, Scaler
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.live import LIVE_PREFIXES, LiveSource
from lamplighter_agent.errors import SourceError

# A lost source is opened again at this interval.
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a playlist; `repeat` plays the clip several times in a row."""

    clip: Path
    phase: str = ""
    repeat: int = 1
    seconds: float = 0.0  # cut the entry to this length; 0: as long as it is
    begin: float = 0.0  # seconds into the clip at which it begins, at every repeat


@dataclass(frozen=True, slots=True)
class _Stretch:
    """An entry on the time line: seconds and frame numbers from the start."""

    item: Item
    fps: float
    first: int  # number of the clip's first frame that is shown
    clip_frames: int  # from there to the clip's end
    frames: int
    start_frame: int
    start_s: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.frames / self.fps


class PlaylistSource:
    """Plays entries one after another, in real time or frame by frame.

    Args:
        fps: plays faster or slower than recorded when given.
        start_at: wall time of the first frame, so that several devices see the same street and a
            device that was off comes back to the present; None: the first read.
    """

    def __init__(
        self,
        items: Sequence[Item],
        clock: Clock,
        *,
        fps: float | None = None,
        realtime: bool = True,
        loop: bool = False,
        start_at: float | None = None,
    ) -> None:
        self._items, self._clock, self._fps = list(items), clock, fps
        self._realtime, self._loop, self._start_at = realtime, loop, start_at
        self._scaler = Scaler()
        self._line: list[_Stretch] = []
        self._reel: Reel | None = None
        self._playing: Path | None = None
        self._last = -1
        self._state = "ok"
        if not self._items:
            raise SourceError("the playlist is empty")
        self._line = self._measure()

    @property
    def state(self) -> str:
        return self._state

    @property
    def fps(self) -> float:
        return self._line[0].fps

    @property
    def seconds(self) -> float:
        """Length of one round in seconds."""
        return self._line[-1].end_s

    def phases(self) -> list[tuple[str, float]]:
        """(phase, first second) of the entries, from the start of a round."""
        return [(stretch.item.phase, stretch.start_s) for stretch in self._line]

    def read(self) -> Frame | None:
        index = self._wait_for_next() if self._realtime else self._last + 1
        total = self._line[-1].start_frame + self._line[-1].frames
        if index >= total and not self._loop:
            self._state = "ended"
            return None
        self._last = index
        stretch, offset = self._place(index % total)
        number = stretch.first + offset % stretch.clip_frames
        try:
            image = self._picture(stretch, number)
        except SourceError:
            self._lose()
            return None
        self._state = "ok"
        at = self._clock.time() if self._realtime else self._time_of(index)
        item = stretch.item
        return Frame(index, at, image, self._scaler, str(item.clip), number, item.phase)

    def close(self) -> None:
        if self._reel is not None:
            self._reel.close()
        self._reel, self._playing = None, None

    def _measure(self) -> list[_Stretch]:
        line: list[_Stretch] = []
        known: dict[Path, tuple[float, int]] = {}
        for item in self._items:
            if item.clip not in known:
                reel = open_reel(item.clip)
                known[item.clip] = (reel.fps, reel.frames)
                reel.close()
            recorded_fps, clip_frames = known[item.clip]
            first = min(round(item.begin * recorded_fps), clip_frames - 1)
            clip_frames -= first
            fps = self._fps or recorded_fps
            frames = clip_frames * max(item.repeat, 1)
            if item.seconds > 0:
                frames = max(min(frames, round(item.seconds * fps)), 1)
            start = (line[-1].start_frame + line[-1].frames, line[-1].end_s) if line else (0, 0.0)
            line.append(_Stretch(item, fps, first, clip_frames, frames, *start))
        return line

    def _wait_for_next(self) -> int:
        """Number of the newest frame that has not been read, once it is due."""
        if self._start_at is None:
            self._start_at = self._clock.time()
        newest = self._index_at(self._clock.time() - self._start_at)
        if newest < self._last - 1:  # the clock was set back: follow it, do not wait for it
            self._last = newest
        due = self._time_of(self._last + 1) - self._clock.time()
        if due > 0:
            self._clock.sleep(due)
        return max(self._index_at(self._clock.time() - self._start_at), self._last + 1)

    def _index_at(self, elapsed_s: float) -> int:
        total = self._line[-1].start_frame + self._line[-1].frames
        rounds, within_s = divmod(max(elapsed_s, 0.0), self.seconds)
        starts = [stretch.start_s for stretch in self._line]
        stretch = self._line[bisect_right(starts, within_s + 1e-6) - 1]
        offset = min(int((within_s - stretch.start_s) * stretch.fps + 1e-6), stretch.frames - 1)
        return int(rounds) * total + stretch.start_frame + offset

    def _time_of(self, index: int) -> float:
        total = self._line[-1].start_frame + self._line[-1].frames
        rounds, within = divmod(index, total)
        stretch, offset = self._place(within)
        return (
            (self._start_at or 0.0)
            + rounds * self.seconds
            + (stretch.start_s + offset / stretch.fps)
        )

    def _place(self, index: int) -> tuple[_Stretch, int]:
        starts = [stretch.start_frame for stretch in self._line]
        stretch = self._line[bisect_right(starts, index) - 1]
        return stretch, index - stretch.start_frame

    def _picture(self, stretch: _Stretch, number: int) -> Any:
        if self._reel is None or self._playing != stretch.item.clip:
            self.close()
            self._reel = open_reel(stretch.item.clip)
            self._playing = stretch.item.clip
        return self._reel.picture(number)

    def _lose(self) -> None:
        self.close()
        self._state = "lost"
        if self._realtime:
            self._clock.sleep(RETRY_S)


def clip_source(
    path: Path, clock: Clock, *, fps: float | None = None, realtime: bool = True, loop: bool = False
) -> PlaylistSource:
    """One clip, video file or folder of pictures.

    Raises:
        SourceError: it cannot be read, or PyAV is not installed.
    """
    return PlaylistSource([Item(path)], clock, fps=fps, realtime=realtime, loop=loop)


def open_source(spec: str, clock: Clock, *, fps: float | None = None) -> FrameSource:
    """Open what a setting names.

    `PATH` of a clip, video file or folder (played in a loop, in real time), or
    `playlist:FILE.json`: a list of {clip, phase, repeat, seconds, begin}, or an object
    {items, start_at, loop}; clips are relative to the file. An RTSP or HTTP address or
    `/dev/videoN` is a live camera.

    Raises:
        SourceError: it does not exist, cannot be read, or PyAV is not installed.
    """
    if not spec:
        raise SourceError("no source is set; name a clip, a folder or playlist:FILE.json")
    if spec.startswith(LIVE_PREFIXES):
        return LiveSource(spec, clock)
    if not spec.startswith("playlist:"):
        return clip_source(Path(spec), clock, fps=fps, loop=True)
    path = Path(spec.removeprefix("playlist:"))
    try:
        data = json.loads(path.read_text())
        listed = data["items"] if isinstance(data, dict) else data
        items = [_item(entry, path.parent) for entry in listed]
        extra = data if isinstance(data, dict) else {}
        start_at = extra.get("start_at")
        loop = bool(extra.get("loop", True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"cannot read the playlist {path}: {error!r}") from error
    return PlaylistSource(items, clock, fps=fps, loop=loop, start_at=start_at)


def _item(entry: dict[str, Any], folder: Path) -> Item:
    return Item(
        folder / entry["clip"],
        str(entry.get("phase", "")),
        int(entry.get("repeat", 1)),
        float(entry.get("seconds", 0.0)),
        max(float(entry.get("begin", 0.0)), 0.0),
    )
