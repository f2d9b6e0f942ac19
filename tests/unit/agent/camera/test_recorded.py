"""Clips, folders and playlists as a camera."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.camera.live.source import LiveSource
from lamplighter_agent.camera.recorded import PlaylistSource, clip_source, open_source
from lamplighter_agent.camera.timeline import Item
from lamplighter_agent.errors import SourceError
from lamplighter_wire.clock import ManualClock

from tests.simulators.clips import FPS, level, make_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "a.mp4")


def test_every_frame_comes_once_when_not_in_real_time(clip):
    source = clip_source(clip, ManualClock(), realtime=False)
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    assert [frame.index for frame in frames] == list(range(30))
    assert [level(frame) for frame in frames] == list(range(30))
    assert source.state == "ended"
    assert source.fps == FPS


def test_a_late_reader_gets_the_newest_frame(clip):
    clock = ManualClock()
    source = clip_source(clip, clock)
    seen = []
    for _ in range(5):
        frame = source.read()
        assert frame is not None
        seen.append((frame.index, level(frame)))
        clock.advance(0.45)
    assert [index for index, _ in seen] == [0, 4, 9, 13, 18]
    assert all(index == shown for index, shown in seen)


def test_a_reader_in_time_waits_for_the_next_frame(clip):
    clock = ManualClock()
    source = clip_source(clip, clock)
    assert [source.read().index for _ in range(4)] == [0, 1, 2, 3]
    assert clock.monotonic() == pytest.approx(0.3)


def test_a_loop_starts_again_and_goes_on_counting(clip):
    source = clip_source(clip, ManualClock(), realtime=False, loop=True)
    frames = [source.read() for _ in range(33)]
    assert [f.index for f in frames[-3:]] == [30, 31, 32]
    assert [f.clip_index for f in frames[-3:]] == [0, 1, 2]
    assert level(frames[-1]) == 2


def test_a_far_jump_finds_its_frame(tmp_path):
    clock = ManualClock()
    source = clip_source(make_clip(tmp_path / "long.mp4", 36, 4), clock, loop=True)
    assert level(source.read()) == 0
    clock.advance(8.5)
    assert level(source.read()) == 34
    clock.advance(4.5)  # round the end and back
    assert level(source.read()) == 16


def test_a_playlist_knows_phases_repeats_and_cuts(tmp_path):
    a, b = make_clip(tmp_path / "a.mp4", 6), make_clip(tmp_path / "b.mp4", 10, offset=20)
    items = [Item(a, "night", repeat=2), Item(b, "rush", seconds=0.5)]
    source = PlaylistSource(items, ManualClock(), realtime=False)
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    assert [f.phase for f in frames] == ["night"] * 12 + ["rush"] * 5
    assert [level(f) for f in frames] == [*range(6), *range(6), *range(20, 25)]
    assert source.timeline.phases() == [("night", 0.0), ("rush", pytest.approx(1.2))]


def test_an_entry_may_begin_within_its_clip(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", 6)
    source = PlaylistSource([Item(clip, repeat=2, begin=0.4)], ManualClock(), realtime=False)
    frames = [source.read() for _ in range(4)]
    assert [level(f) for f in frames] == [4, 5, 4, 5]
    assert [f.clip_index for f in frames] == [4, 5, 4, 5]
    assert source.read() is None
    late = PlaylistSource([Item(clip, begin=60.0)], ManualClock(), realtime=False)
    assert level(late.read()) == 5


def test_a_playlist_begins_at_a_common_moment(tmp_path, clip):
    clock = ManualClock()
    listed = {"items": [{"clip": "a.mp4", "phase": "day"}], "start_at": clock.time() - 1.0}
    (tmp_path / "list.json").write_text(json.dumps(listed))
    frame = open_source(f"playlist:{tmp_path / 'list.json'}", clock).read()
    assert frame.index == 10
    assert frame.phase == "day"
    assert frame.clip == str(clip)


def test_a_folder_of_pictures_is_a_source(tmp_path):
    for k, grey in enumerate((40, 120, 200)):
        picture = np.full((48, 64, 3), grey, np.uint8)
        with av.open(str(tmp_path / f"{k}.png"), "w", format="image2") as container:
            stream = container.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
            for packet in stream.encode():
                container.mux(packet)
    source = clip_source(tmp_path, ManualClock(), realtime=False)
    frames = [source.read() for _ in range(3)]
    assert [int(f.rgb(64, 48).mean()) for f in frames] == [40, 120, 200]
    assert int(frames[0].luma().mean()) == 40


def test_a_lost_source_is_a_state_and_comes_back(tmp_path, clip):
    clock = ManualClock()
    source = PlaylistSource([Item(clip), Item(make_clip(tmp_path / "b.mp4"))], clock, loop=True)
    assert source.read() is not None
    clock.advance(3.0)
    (tmp_path / "b.mp4").rename(tmp_path / "gone.mp4")
    assert source.read() is None
    assert source.state == "lost"
    (tmp_path / "gone.mp4").rename(tmp_path / "b.mp4")
    assert source.read() is not None
    assert source.state == "ok"


def test_a_clock_that_is_set_back_does_not_stop_a_source_in_real_time(clip):
    class Turned(ManualClock):
        """A wall clock that can be set back."""

        back_s = 0.0

        def time(self):
            return super().time() - self.back_s

    clock = Turned()
    source = clip_source(clip, clock, loop=True)
    for _ in range(20):
        source.read()
    begun, clock.back_s = clock.monotonic(), 1.5
    frames = [source.read() for _ in range(5)]
    assert clock.monotonic() - begun < 1
    assert [frame.index for frame in frames] == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("set_by_s", [-9 * 3600.0, 20 * 86_400.0])
def test_a_source_in_real_time_goes_on_when_the_clock_is_set(clip, set_by_s):
    class Set(ManualClock):
        by_s = 0.0

        def time(self):
            return super().time() + self.by_s

    clock = Set()
    source = clip_source(clip, clock, loop=True)
    for _ in range(20):
        source.read()
    begun, clock.by_s = clock.monotonic(), set_by_s
    frames = [source.read() for _ in range(5)]
    assert clock.monotonic() - begun < 1
    assert [frame.index for frame in frames] == [20, 21, 22, 23, 24]


@pytest.mark.parametrize("spec", ["", "nowhere.mp4", "playlist:nowhere.json"])
def test_a_source_that_is_not_there_says_so(spec):
    with pytest.raises(SourceError):
        open_source(spec, ManualClock())


def test_a_damaged_file_says_so(tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    (tmp_path / "bad.json").write_text('[{"phase": "day"}]')
    with pytest.raises(SourceError, match=r"bad\.mp4"):
        open_source(str(tmp_path / "bad.mp4"), ManualClock())
    with pytest.raises(SourceError, match=r"bad\.json"):
        open_source(f"playlist:{tmp_path / 'bad.json'}", ManualClock())
    with pytest.raises(SourceError):
        frame_of(b"no picture")


def test_addresses_of_cameras_are_live_sources():
    source = open_source("rtsp://127.0.0.1:9/none", ManualClock())
    try:
        assert isinstance(source, LiveSource)
        assert source.state == "lost"
    finally:
        source.close()


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [{"clip": "a.mp4"}], "start_at": "2026-11-26T08:00:00Z"}',
        '[{"clip": "a.mp4", "begin": Infinity}]',
        '[{"clip": "a.mp4", "repeat": NaN}]',
        '[{"clip": "a.mp4", "seconds": true}]',
        '[{"clip": 7}]',
        "[" * 100_000,
        "{}",
    ],
)
def test_a_playlist_of_odd_values_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(SourceError, match="cannot read the playlist"):
        open_source(f"playlist:{tmp_path / 'list.json'}", ManualClock())


def test_a_byte_order_mark_is_none_of_the_playlist(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "list.json").write_text(f'\ufeff[{{"clip": "{clip.name}"}}]')
    assert open_source(f"playlist:{tmp_path / 'list.json'}", ManualClock()).read() is not None
