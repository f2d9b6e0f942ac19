"""Recorded pictures by number: the only module that knows PyAV."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from lamplighter_agent.errors import SourceError

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


def decode_picture(data: bytes | Path) -> Any:
    """An av.VideoFrame from a JPEG or PNG.

    Raises:
        SourceError: the bytes are not a picture.
    """
    import av

    source = io.BytesIO(data) if isinstance(data, bytes) else str(data)
    try:
        with av.open(source, mode="r") as container:
            return next(iter(container.decode(video=0)))
    except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise SourceError(f"cannot read the picture: {error!r}") from error


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
    """Pictures of a folder in the order of their names."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
        if not self._files:
            raise SourceError(f"no pictures ({', '.join(sorted(PICTURES))}) in {folder}")
        self.fps = FOLDER_FPS
        self.frames = len(self._files)

    def picture(self, number: int) -> Any:
        return decode_picture(self._files[number])

    def close(self) -> None:
        pass


class ClipRecording:
    """A video file; decodes forward, and seeks back or far ahead."""

    def __init__(self, path: Path) -> None:
        import av

        self._failure = av.FFmpegError
        self._path = path
        try:
            self._container = av.open(str(path), mode="r")
            self._stream = self._container.streams.video[0]
        except (av.FFmpegError, OSError, IndexError) as error:
            raise SourceError(f"cannot read the clip {path}: {error!r}") from error
        # One thread: decoding must not take cores that the network was measured with.
        self._stream.thread_type = "NONE"
        self._stream.codec_context.thread_count = 1
        self._tick_s = float(self._stream.time_base or 1 / 90_000)
        self.fps = float(self._stream.average_rate or self._stream.guessed_rate or 25)
        self.frames = self._count()
        self._start_pts = self._stream.start_time or 0
        self._next = 0
        self._decoder = self._container.decode(self._stream)

    def picture(self, number: int) -> Any:
        if number < self._next or number > self._next + SEEK_BEYOND_FRAMES:
            self._seek(number)
        try:
            for image in self._decoder:
                self._next = self._number(image) + 1
                if self._next > number:
                    return image
        except (self._failure, OSError, ValueError) as error:
            raise SourceError(f"the clip {self._path} broke off: {error!r}") from error
        raise SourceError(f"the clip {self._path} ended before frame {number}")

    def close(self) -> None:
        self._container.close()

    def _count(self) -> int:
        if self._stream.frames:
            return int(self._stream.frames)
        duration = self._stream.duration
        seconds = duration * self._tick_s if duration else 0.0
        if not seconds and self._container.duration:
            seconds = self._container.duration / 1e6
        return max(round(seconds * self.fps), 1)

    def _number(self, image: Any) -> int:
        if image.pts is None:
            return self._next
        seconds: float = (image.pts - self._start_pts) * self._tick_s
        return round(seconds * self.fps)

    def _seek(self, number: int) -> None:
        offset = self._start_pts + round(number / self.fps / self._tick_s)
        try:
            self._container.seek(offset, stream=self._stream, backward=True)
        except (self._failure, OSError) as error:
            raise SourceError(f"cannot seek in {self._path}: {error!r}") from error
        self._decoder = self._container.decode(self._stream)
        self._next = 0
