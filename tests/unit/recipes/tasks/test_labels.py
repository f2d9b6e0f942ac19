"""Labelled pictures as tools export them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_recipes.tasks.detection.labels import load_labelled_frames
from lamplighter_wire.tasks.detection import CLASSES

CAR = float(CLASSES.index("car"))
Content = dict[str, Any]
Change = Callable[[Content], object]


def export(folder: Path, change: Change) -> Path:
    content: Content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 15]}],
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "kite"}],
    }
    change(content)
    (folder / "annotations.json").write_text("\ufeff" + json.dumps(content))
    cv2.imwrite(str(folder / "a.jpg"), np.full((48, 64, 3), 90, np.uint8))
    return folder


def first(content: Content) -> Content:
    annotation: Content = content["annotations"][0]
    return annotation


@pytest.mark.parametrize(
    "change",
    [
        lambda content: None,
        lambda content: first(content).update(image_id="1", category_id="1"),
        lambda content: first(content).update(image_id=1.0),
        lambda content: first(content).update(bbox=["10", "20", "30", "15"]),
        lambda content: first(content).update(
            bbox=None, segmentation=[[10, 20, 40, 20, 40, 35, 10, 35]]
        ),
        lambda content: content["categories"][0].update(name=" Car "),
        lambda content: content["images"][0].update(width=None, height=None),
        lambda content: content["images"][0].update(width=64.0),
        lambda content: content["images"].append({"id": 7, "file_name": "not_there.jpg"}),
        lambda content: content["images"].append({"id": 8, "file_name": "../a.jpg"}),
        lambda content: content["images"].append(content["images"][0]),
        lambda content: content["annotations"].append({"image_id": 99, "bbox": [1, 1, 2, 2]}),
        lambda content: content["annotations"].append({"image_id": 1, "bbox": [5, 5, -2, 0]}),
        lambda content: content["annotations"].append({"image_id": 1, "bbox": [5, 5, None, 2]}),
    ],
)
def test_what_tools_write_is_read(tmp_path: Path, change: Change) -> None:
    (frame,) = load_labelled_frames(export(tmp_path, change))
    assert (frame.width, frame.height) == (64, 48)
    assert frame.boxes.tolist() == [[10, 20, 40, 35, CAR]]
    assert frame.rgb().shape == (48, 64, 3)


def test_ids_may_begin_at_nought(tmp_path: Path) -> None:
    def change(content: Content) -> None:
        content["images"][0]["id"] = 0
        first(content)["image_id"] = 0

    (frame,) = load_labelled_frames(export(tmp_path, change))
    assert len(frame.boxes) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda content: first(content).update(iscrowd=1, segmentation={"counts": "abc"}),
        lambda content: first(content).update(category_id=2),
        lambda content: first(content).pop("category_id"),
    ],
)
def test_crowds_and_what_is_none_of_ours_count_neither_way(tmp_path: Path, change: Change) -> None:
    (frame,) = load_labelled_frames(export(tmp_path, change))
    assert frame.boxes[:, 4].tolist() == [IGNORE]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.pop("categories"), "'categories' is missing"),
        (lambda content: content.update(categories=[{"id": 1, "name": "kite"}]), "no category is"),
        (lambda content: first(content).update(bbox=[0.1, 0.2, 0.3, 0.4]), "fractions"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(
    tmp_path: Path, change: Change, said: str
) -> None:
    with pytest.raises(RecipeError, match=said) as refused:
        load_labelled_frames(export(tmp_path, change))
    assert refused.value.remedy


def test_a_picture_of_another_size_than_its_labels_is_refused(tmp_path: Path) -> None:
    turned = export(tmp_path, lambda content: content["images"][0].update(width=48, height=64))
    (frame,) = load_labelled_frames(turned)
    with pytest.raises(RecipeError, match="is 64x48, its labels are of 48x64"):
        frame.rgb()
