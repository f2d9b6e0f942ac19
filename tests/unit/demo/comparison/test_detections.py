"""Boxes that policies, devices and scores share: each frame is seen once by each point."""

from pathlib import Path

import pytest
from lamplighter_demo.city.footage import timeline
from lamplighter_demo.comparison.detections import ClipPoint, Detections
from lamplighter_demo.comparison.models import Model
from lamplighter_demo.comparison.replayed_counts import Footage, ShownFrame, wanted_of

from tests.simulators.tiny_world import tiny_detector

CLIPS = Path("deploy/demo/clips")
FOOTAGE = Footage(CLIPS, timeline(0.0, 0.0, 10.0))
CLIP = CLIPS / "south-arm-sample.mp4"
SMALL, LARGE = "tiny@64x48", "tiny@96x64"


@pytest.fixture
def detections(tmp_path: Path) -> Detections:
    path = tmp_path / "tiny.onnx"
    tiny_detector(path, seed=1)
    model = Model("tiny", "tiny", "fp32", "onnxruntime", path, {}, ((64, 48), (96, 64)))
    return Detections([model])


def shown(*numbers: int, key: str = SMALL) -> list[ShownFrame]:
    return [ShownFrame("sample", number, "day-dry-free", key) for number in numbers]


def test_what_several_ask_for_is_computed_once(detections: Detections) -> None:
    asked = [
        ("south-arm", shown(0, 3, 6)),  # one device, by two policies
        ("south-arm", shown(0, 3, 6)),
        ("south-arm", shown(3, 4)),  # another one at the same camera
        ("south-arm", shown(3, key=LARGE)),
    ]
    told: list[tuple[int, int]] = []
    detections.add(wanted_of(asked, FOOTAGE), lambda done, of: told.append((done, of)))
    assert detections.inferences == 5
    assert told == [(5, 5)]
    detections.add(wanted_of([("south-arm", shown(0, 6, 7))], FOOTAGE), lambda *_: None)
    assert detections.inferences == 6


def test_boxes_are_of_the_camera_and_of_the_frames_that_were_asked_for(
    detections: Detections,
) -> None:
    point = ClipPoint(CLIP, LARGE)
    detections.add({point: {2, 5, 1_000_000}}, lambda *_: None)
    assert detections.inferences == 2
    first, second = detections.boxes(point, 2), detections.boxes(point, 5)
    assert first.shape[1] == second.shape[1] == 6
    assert max(first[:, 2].max(), second[:, 2].max()) > 96, "pixels of the camera"
    with pytest.raises(KeyError):
        detections.boxes(point, 3)
    with pytest.raises(KeyError):
        detections.boxes(ClipPoint(CLIP, SMALL), 2)


def test_the_same_point_is_kept_apart_by_clip_and_size(detections: Detections) -> None:
    points = [ClipPoint(CLIP, SMALL), ClipPoint(CLIP, LARGE)]
    detections.add({point: {0, 1} for point in points}, lambda *_: None)
    assert detections.inferences == 4
    assert detections.keys == [SMALL, LARGE]
