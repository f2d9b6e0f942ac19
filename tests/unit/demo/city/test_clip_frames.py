"""Pictures of a clip as a labelled set."""

import shutil
from pathlib import Path

import pytest
from lamplighter_demo.city.clip_frames import write_frames
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_scenes.clips import load_truth

CLIP = Path("deploy/demo/clips/south-arm-sample.mp4")


def test_pictures_have_the_camera_the_regime_and_the_boxes_of_their_frame(tmp_path: Path) -> None:
    folder = write_frames([CLIP], tmp_path / "set", each_s=1.0)
    frames, truth = list(load_frames(folder)), load_truth(CLIP)
    step = round(truth["fps"])
    assert len(frames) == -(-len(truth["frames"]) // step)
    assert {(frame.camera, frame.regime) for frame in frames} == {("south-arm", truth["regime"])}
    for number, frame in enumerate(frames):
        rows = [row[:5] for row in truth["frames"][number * step]]
        assert frame.boxes.tolist() == rows
        assert frame.rgb().shape == (480, 640, 3)


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    folder = write_frames([CLIP], tmp_path / "set")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    write_frames([CLIP], folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_clip_without_truth_is_none(tmp_path: Path) -> None:
    shutil.copy(CLIP, tmp_path / "other.mp4")
    with pytest.raises(FileNotFoundError):
        write_frames([tmp_path / "other.mp4"], tmp_path / "set")
