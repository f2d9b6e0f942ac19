"""Where frames come from: clips, video files, folders of pictures, playlists of clips.

A real-time source moves on by itself, as a camera does: whoever reads late gets the newest frame.
A lost source is a state, not an exception: `read` gives None and tries again later.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamplighter_wire.clock import Clock
from lamplighter_wire.command_line.shown_addresses import shown_address

from lamplighter_agent.camera.decoding import Recording, open_recording
from lamplighter_agent.camera.frame import Frame, Scaler
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.live.failures import BY_CLASS
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.live.source import LIVE_PREFIXES, LiveSource
from lamplighter_agent.camera.onvif.profiles import PREFIX as ONVIF
from lamplighter_agent.camera.onvif.profiles import find_streams
from lamplighter_agent.camera.playing_time import PlayingTime
from lamplighter_agent.camera.timeline import Item, Recorded, Timeline
from lamplighter_agent.errors import SourceError

# A lost source is opened again at this interval.
RETRY_S = 1.0


class PlaylistSource:
    """Plays entries one after another, in real time or frame by frame.

    Args:
        fps: plays faster or slower than recorded when given.
        start_at: wall time of the first frame, so that several devices see the same street and a
            device that was off comes back to the present; None: the first read.

    Raises:
        SourceError: there are no entries, or one cannot be read.
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
        if not items:
            raise SourceError("the playlist is empty")
        self._clock, self._realtime, self._loop = clock, realtime, loop
        self._start_at = start_at
        self._playing_time = PlayingTime(clock, start_at)
        self.timeline = Timeline(items, _measure({item.clip for item in items}), fps)
        self._scaler = Scaler()
        self._recording: Recording | None = None
        self._playing: Path | None = None
        self._last = -1
        self._state = "ok"
        self.reason = ""

    @property
    def state(self) -> str:
        return self._state

    @property
    def fps(self) -> float:
        return self.timeline.fps

    @property
    def busy_cores(self) -> float:
        """Unknown: what is recorded is decoded by who serves it."""
        return 0.0

    def want(self, fps: float, width: int, height: int) -> None:
        """A recording has one picture at each time, whatever is wanted."""

    def read(self) -> Frame | None:
        index = self._wait_for_next() if self._realtime else self._last + 1
        if index >= self.timeline.frames and not self._loop:
            self._state = "ended"
            return None
        self._last = index
        item, number = self.timeline.place(index)
        try:
            image = self._picture(item.clip, number)
        except SourceError as error:
            self._lose(str(error))
            return None
        self._state, self.reason = "ok", ""
        at = self._clock.time() if self._realtime else self._due_at(index)
        return Frame(index, at, image, self._scaler, str(item.clip), number, item.phase)

    def close(self) -> None:
        if self._recording is not None:
            self._recording.close()
        self._recording, self._playing = None, None

    def _wait_for_next(self) -> int:
        """Number of the newest frame that has not been read, once it is due."""
        elapsed_s = self._playing_time.now_s(self.timeline.second_of(self._last + 1))
        newest = self.timeline.index_at(elapsed_s)
        if newest < self._last - 1:  # the clock was set back: follow it, do not wait for it
            self._last = newest
        due_s = self.timeline.second_of(self._last + 1) - elapsed_s
        if due_s > 0:
            self._clock.sleep(due_s)
        return max(self.timeline.index_at(elapsed_s + max(due_s, 0.0)), self._last + 1)

    def _due_at(self, index: int) -> float:
        """Wall time at which a frame would be due, of a source that is not played in real time."""
        return (self._start_at or 0.0) + self.timeline.second_of(index)

    def _picture(self, clip: Path, number: int) -> Any:
        if self._recording is None or self._playing != clip:
            self.close()
            self._recording = open_recording(clip)
            self._playing = clip
        return self._recording.picture(number)

    def _lose(self, reason: str) -> None:
        self.close()
        self._state, self.reason = "lost", reason
        if self._realtime:
            self._clock.sleep(RETRY_S)


def _measure(clips: Iterable[Path]) -> dict[Path, Recorded]:
    measured = {}
    for clip in clips:
        recording = open_recording(clip)
        measured[clip] = Recorded(recording.fps, recording.frames)
        recording.close()
    return measured


def clip_source(
    path: Path, clock: Clock, *, fps: float | None = None, realtime: bool = True, loop: bool = False
) -> PlaylistSource:
    """One clip, video file or folder of pictures.

    Raises:
        SourceError: it cannot be read, or PyAV is not installed.
    """
    return PlaylistSource([Item(path)], clock, fps=fps, realtime=realtime, loop=loop)


def open_source(spec: str, clock: Clock, options: CameraOptions | None = None) -> FrameSource:
    """Open what a setting names.

    Clips are played at the options' `most_fps` where that is set.

    `PATH` of a clip, video file or folder (played in a loop, in real time), or
    `playlist:FILE.json`: a list of {clip, phase, repeat, seconds, begin}, or an object
    {items, start_at, loop}; clips are relative to the file. An RTSP or HTTP address or
    `/dev/videoN` is a live camera, and `onvif://HOST` one that is asked for its streams.

    Raises:
        SourceError: it does not exist, cannot be read, or PyAV is not installed.
    """
    options = options or CameraOptions()
    fps = options.most_fps or None
    if not spec:
        raise SourceError(
            "no source is set; name a camera (rtsp://…, /dev/video0), a clip, a folder of pictures"
            " or playlist:FILE.json as `source` in the settings, or: lamplighter-agent run --source"
        )
    if spec.startswith(ONVIF):
        found = find_streams(spec, options)
        return LiveSource(
            found.main,
            clock,
            options=replace(options, sub_address=options.sub_address or found.sub),
        )
    if spec.startswith(LIVE_PREFIXES):
        return LiveSource(spec, clock, options=options)
    if "://" in spec:
        raise SourceError(f"{shown_address(spec)}: {BY_CLASS['ProtocolNotFoundError']}")
    if not spec.startswith("playlist:"):
        return clip_source(Path(spec), clock, fps=fps, loop=True)
    return _playlist(Path(spec.removeprefix("playlist:")), clock, fps)


def _playlist(path: Path, clock: Clock, fps: float | None) -> PlaylistSource:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        listed = data["items"] if isinstance(data, dict) else data
        items = [_item(entry, path.parent) for entry in listed]
        extra = data if isinstance(data, dict) else {}
        start_at = extra.get("start_at")
        start_at = None if start_at is None else _number(start_at, "start_at")
        loop = bool(extra.get("loop", True))
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise SourceError(f"cannot read the playlist {path}: {error!r}") from error
    return PlaylistSource(items, clock, fps=fps, loop=loop, start_at=start_at)


def _item(entry: dict[str, Any], folder: Path) -> Item:
    return Item(
        folder / entry["clip"],
        str(entry.get("phase", "")),
        round(_number(entry.get("repeat", 1), "repeat")),
        _number(entry.get("seconds", 0.0), "seconds"),
        max(_number(entry.get("begin", 0.0), "begin"), 0.0),
    )


def _number(value: Any, name: str) -> float:
    """Raises ValueError where it is none that can be reckoned with."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}; write a number")
    return float(value)
