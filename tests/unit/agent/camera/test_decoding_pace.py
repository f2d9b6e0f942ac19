"""Which pictures of a stream are decoded."""

from pathlib import Path

import av
import pytest
from lamplighter_agent.camera.live.connection import BusyCores, Connection, Rates
from lamplighter_agent.camera.live.decoding_pace import Skipped, skipped
from lamplighter_wire.clock import ManualClock

from tests.simulators.rtsp_camera import CAMERA_FPS, camera_clip

SECONDS = 20


@pytest.mark.parametrize(
    ("wanted_fps", "camera_fps", "key_fps", "left_out"),
    [
        (0.0, 25.0, 1.0, Skipped.NOTHING),
        (5.0, 0.0, 0.0, Skipped.NOTHING),
        (12.0, 25.0, 1.0, Skipped.NOTHING),
        (8.0, 25.0, 1.0, Skipped.UNREFERRED),
        (1.0, 25.0, 1.0, Skipped.BETWEEN_KEYS),
        (1.0, 25.0, 0.5, Skipped.UNREFERRED),
        (25.0, 25.0, 25.0, Skipped.BETWEEN_KEYS),
    ],
)
def test_what_may_be_left_out(
    wanted_fps: float, camera_fps: float, key_fps: float, left_out: Skipped
) -> None:
    assert skipped(wanted_fps, camera_fps, key_fps) is left_out


class Film:
    """A clip that is received at its own rate, by a clock that goes with its packets."""

    def __init__(self, path: Path, wanted_fps: float, *, is_asked: bool = True) -> None:
        self.clock, self.decoded, self.none = ManualClock(), [], 0
        with av.open(str(path)) as container:
            connection = Connection(
                container, self.clock, Rates(), lambda: is_asked, lambda: wanted_fps
            )
            for image in connection.pictures():
                self.clock.advance(1 / CAMERA_FPS)
                if image is None:
                    self.none += 1
                else:
                    self.decoded.append(image)
            self.damaged = connection.damaged


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return camera_clip(tmp_path_factory.mktemp("clip") / "a.mp4", 64, 48, SECONDS)


def test_fewer_are_decoded_the_fewer_are_wanted(clip: Path) -> None:
    all_of_them, thirds, keys = (len(Film(clip, fps).decoded) for fps in (10.0, 3.0, 1.0))
    assert all_of_them >= SECONDS * CAMERA_FPS - 3
    assert 0.3 < thirds / all_of_them < 0.9, "what none refers to is left out"
    assert keys < 0.6 * thirds
    assert keys >= SECONDS / 2


def test_none_is_damaged_by_what_was_left_out(clip: Path) -> None:
    for fps in (10.0, 3.0, 1.0):
        film = Film(clip, fps)
        assert film.damaged == 0
        assert not any(image.is_corrupt for image in film.decoded)


def test_a_damaged_packet_costs_its_pictures_only(clip: Path, tmp_path: Path) -> None:
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    film = Film(damaged, 0.0)
    assert len(film.decoded) > 0.8 * SECONDS * CAMERA_FPS


def test_pictures_that_stand_alone_are_decoded_for_those_who_ask(tmp_path: Path) -> None:
    path = tmp_path / "standing.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=CAMERA_FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuvj420p")))
        container.mux(stream.encode())
    asked, unasked = Film(path, 5.0), Film(path, 5.0, is_asked=False)
    assert (len(asked.decoded), asked.none) == (20, 0)
    assert (len(unasked.decoded), unasked.none) == (0, 20)


def test_cores_are_measured_over_seconds() -> None:
    clock, spent = ManualClock(), [0.0]
    busy = BusyCores(clock, lambda: spent[0])
    for _ in range(25):
        clock.advance(1.0)
        spent[0] += 0.2
        busy.look()
    assert busy.cores == pytest.approx(0.2)
