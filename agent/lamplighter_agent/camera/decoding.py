"""Recorded pictures by number: clips and folders of pictures."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from lamplighter_agent.camera.live.failures import failure_words
from lamplighter_agent.camera.packets import packet_times, rate_of
from lamplighter_agent.camera.pictures.reading import decode_picture
from lamplighter_agent.errors import SourceError

log = logging.getLogger(__name__)

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
FOLDER_FPS = 5.0
# Jumps longer than this go through the index of key frames instead of decoding all between.
SEEK_BEYOND_FRAMES = 60


class Recording(Protocol):
    """Pictures by number."""

    fps: float
    frames: int

    def picture(self, number: int) -> Any:
        """Picture `number` as an av.VideoFrame.

        Raises:
            SourceError: it cannot be decoded.
        """

    def close(self) -> None: ...


def video_library() -> Any:
    """What is used of PyAV, imported on first use.

    Raises:
        SourceError: PyAV is not installed.
    """
    try:
        import av
        from av.video.reformatter import VideoReformatter
    except ImportError as error:
        raise SourceError(
            "PyAV is missing; install it: pip install 'lamplighter[video]'"
        ) from error
    return SimpleNamespace(
        Error=av.FFmpegError,
        VideoFrame=av.VideoFrame,
        VideoReformatter=VideoReformatter,
        decode_picture=decode_picture,
    )


def open_recording(path: Path) -> Recording:
    """A folder of pictures or a video file.

    Raises:
        SourceError: it cannot be read, or PyAV is not installed.
    """
    video_library()
    try:
        if path.is_dir():
            return FolderRecording(path)
        if not path.exists():
            raise SourceError(f"no such source: {path}")
    except OSError as error:
        raise SourceError(f"cannot read the source {path}: {error}") from error
    return ClipRecording(path)


class FolderRecording:
    """Pictures of a folder in the order of their names; what is none is left out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = sorted(path for path in folder.iterdir() if _is_picture(path))
        if not self._files:
            raise SourceError(f"no pictures ({', '.join(sorted(PICTURES))}) in {folder}")
        self._damaged: set[Path] = set()
        self.fps = FOLDER_FPS
        self.frames = len(self._files)

    def picture(self, number: int) -> Any:
        """That one, or the next that can be read."""
        for path in self._files[number:] + self._files[:number]:
            if path in self._damaged:
                continue
            try:
                return decode_picture(path)
            except SourceError as error:
                self._damaged.add(path)
                log.warning("%s is left out: %s", path, error)
        raise SourceError(f"none of the pictures in {self._folder} can be read")

    def close(self) -> None:
        pass


def _is_picture(path: Path) -> bool:
    """Files that other systems leave beside pictures begin with a dot."""
    return path.suffix.lower() in PICTURES and path.name[0] != "." and path.is_file()


class ClipRecording:
    """A video file; decodes forward, and seeks back or far ahead where its pictures have times."""

    def __init__(self, path: Path) -> None:
        import av

        self._av = av
        self._path = path
        self._next = 0
        try:
            self._open()
            self.fps = rate_of(self._stream)
            self._tick_s = float(self._stream.time_base or 1 / 90_000)
            self._start_pts, self._has_times = self._stream.start_time or 0, True
            self.frames = int(self._stream.frames) or self._measured()
        except (av.FFmpegError, OSError, IndexError) as error:
            raise SourceError(f"cannot read the clip {path}: {failure_words(error)}") from error

    def picture(self, number: int) -> Any:
        ahead = number - self._next
        if ahead < 0 or (ahead > SEEK_BEYOND_FRAMES and self._has_times):
            self._seek(number)
        try:
            for image in self._decoder:
                self._next = self._number(image) + 1
                if self._next > number:
                    return image
        except (self._av.FFmpegError, OSError, ValueError) as error:
            raise SourceError(f"the clip {self._path} broke off: {error!r}") from error
        raise SourceError(f"the clip {self._path} ended before frame {number}")

    def close(self) -> None:
        self._container.close()

    def _open(self) -> None:
        self._container = self._av.open(str(self._path), mode="r")
        self._stream = self._container.streams.video[0]
        # One thread: decoding must not take cores that the network was measured with.
        self._stream.thread_type = "NONE"
        self._stream.codec_context.thread_count = 1
        self._decoder = self._container.decode(self._stream)
        self._next = 0

    def _measured(self) -> int:
        """How many pictures there are, of a file that does not say it."""
        found = packet_times(self._path)
        self._start_pts, self._has_times = found.first_pts, found.has_times
        if not found.has_times:
            return found.pictures
        seconds = (found.last_pts - found.first_pts) * self._tick_s
        return round(seconds * self.fps) + 1

    def _number(self, image: Any) -> int:
        if image.pts is None or not self._has_times:
            return self._next
        seconds: float = (image.pts - self._start_pts) * self._tick_s
        return round(seconds * self.fps)

    def _seek(self, number: int) -> None:
        if not self._has_times:
            self.close()
            self._open()
            return
        offset = self._start_pts + round(number / self.fps / self._tick_s)
        try:
            self._container.seek(offset, stream=self._stream, backward=True)
        except (self._av.FFmpegError, OSError) as error:
            raise SourceError(f"cannot seek in {self._path}: {error!r}") from error
        self._decoder = self._container.decode(self._stream)
        self._next = 0
