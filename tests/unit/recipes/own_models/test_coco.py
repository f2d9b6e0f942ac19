"""COCO folders as tools write them."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.data.coco import label_files, read_coco_folder
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_wire.tasks.detection import CLASSES

from tests.simulators.foreign_models import cvat_folder

CAR, PERSON = float(CLASSES.index("car")), float(CLASSES.index("person"))


def write(folder: Path, labels: str, pictures: list[str], **document: Any) -> Path:
    for name in pictures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.zeros((20, 30, 3), np.uint8))
    (folder / labels).parent.mkdir(parents=True, exist_ok=True)
    (folder / labels).write_text(json.dumps(document))
    return folder


def test_cvat_names_with_folders_and_ids_with_gaps(tmp_path: Path) -> None:
    folder = cvat_folder(tmp_path)
    (labels,) = label_files(folder)
    data = read_coco_folder(folder, labels, {})
    assert [len(sample.label) for sample in data.samples] == [0] + [1] * 8
    assert {float(sample.label[0, 4]) for sample in data.samples[1:]} == {CAR}
    assert all(sample.path is not None and sample.path.exists() for sample in data.samples)


def test_label_studio_and_fiftyone_places(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 0, "file_name": "images\\8b1f-a.jpg"}, {"id": 1, "file_name": "b.jpg"}],
        "annotations": [{"image_id": 1, "category_id": 0, "bbox": [1, 2, 3, 4], "iscrowd": 0}],
        "categories": [{"id": 0, "name": "pedestrian"}],
    }
    studio = write(tmp_path / "studio", "result.json", ["images/8b1f-a.jpg", "b.jpg"], **document)
    fiftyone = write(tmp_path / "fo", "labels.json", ["data/8b1f-a.jpg", "data/b.jpg"], **document)
    for folder in (studio, fiftyone):
        data = read_coco_folder(folder, label_files(folder)[0], {})
        assert [len(sample.label) for sample in data.samples] == [0, 1]
        assert data.samples[1].label[0].tolist() == [1, 2, 4, 6, PERSON]


def test_what_cannot_be_used_is_counted_and_the_rest_taken(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "annotations.json",
        ["a/1.jpg", "b/1.jpg"],
        images=[
            {"id": "x", "file_name": "b/1.jpg", "regime": "night-rain-free"},
            {"id": "y", "file_name": "1.jpg"},  # which one is not clear
            {"id": "z", "file_name": "gone.jpg"},
        ],
        annotations=[
            {"image_id": "x", "category_id": 3, "bbox": [0, 0, 0, 5]},  # no area
            {"image_id": "x", "category_id": 3, "segmentation": [[2, 3, 8, 3, 8, 9]]},
            {"image_id": "x", "category_id": 3, "bbox": [0, 0, 9, 9], "iscrowd": 1},
            {"image_id": "x", "category_id": 99, "bbox": [1, 1, 4, 4]},
            {"image_id": "nobody", "category_id": 3, "bbox": [1, 1, 4, 4]},
        ],
        categories=[{"id": 3, "name": "Bus"}, {"id": 4}],
    )
    data = read_coco_folder(folder, label_files(folder)[0], {})
    (sample,) = data.samples
    assert (sample.path, sample.regime) == (folder / "b/1.jpg", "night-rain-free")
    bus = float(CLASSES.index("bus"))
    assert sample.label.tolist() == [
        [2, 3, 8, 9, bus],
        [0, 0, 9, 9, IGNORE],
        [1, 1, 5, 5, IGNORE],
    ]
    assert data.left_out == {
        "no picture of the entry": 2,
        "annotation without a box": 1,
        "box of a picture that is not listed": 1,
    }


def test_odd_content_is_counted_or_read_as_it_is_meant(tmp_path: Path) -> None:
    """Text for numbers, a mark of the byte order, figures that are none, runs instead of outlines,
    labels of a larger picture, an empty file for a picture."""
    document = {
        "images": [
            {"id": 7, "file_name": "1.jpg", "width": 60, "height": 40, "regime": "Tuesday"},
            {"id": "8", "file_name": "2.jpg", "width": None},
            {"id": 9, "file_name": "empty.jpg"},
        ],
        "annotations": [
            {"image_id": "7", "category_id": "2", "bbox": [2, 4, 20, 10]},
            {"image_id": 7, "category_id": 2, "bbox": [1, 2, None, 4]},
            {"image_id": 7, "category_id": 2, "bbox": [1, 2, "NaN", 4]},
            {"image_id": 7, "category_id": 2, "bbox": ["a", 2, 3, 4]},
            {"image_id": 7, "category_id": 2, "bbox": [1, 2, 3]},
            {"image_id": 7, "category_id": 2, "segmentation": {"counts": [1], "size": [9, 9]}},
            {"image_id": 7, "category_id": 2, "segmentation": [[1, 2, 3]]},
            {"image_id": 8, "category_id": 2, "segmentation": [1, 1, 5, 1, 5, 6]},
            {"image_id": None, "category_id": 2, "bbox": [1, 2, 3, 4]},
            "a note",
            None,
        ],
        "categories": [{"id": 2, "name": "car"}],
    }
    folder = write(tmp_path, "labels.json", ["1.jpg", "2.jpg"], **document)
    (folder / "empty.jpg").write_bytes(b"")
    labels = folder / "labels.json"
    labels.write_text("\ufeff" + labels.read_text(), encoding="utf-8")
    data = read_coco_folder(folder, labels, {})
    first, second = data.samples
    picture = first.picture()
    assert picture is not None and first.regime == ""
    assert first.boxes_in(picture).tolist() == [[1, 2, 11, 7, CAR]]
    assert second.label.tolist() == [[1, 1, 5, 6, CAR]]
    assert data.left_out == {
        "annotation without a box": 6,
        "box of a picture that is not listed": 1,
        "picture that cannot be read": 1,
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "no COCO labels"),
        ("{}", "'categories' is missing"),
        ('{"categories": [{"name": "car"}], "images": []}', "'id' is missing"),
        ('{"categories": {"car": 1}, "images": []}', "no COCO labels"),
        ('{"categories": [], "images": null}', "no COCO labels"),
        ("not json", "no COCO labels"),
    ],
)
def test_what_is_no_coco_file_is_refused_in_words(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text)
    with pytest.raises(RecipeError, match=why) as raised:
        read_coco_folder(tmp_path, path, {})
    assert (raised.value.key, raised.value.file) == ("data", str(path))


def test_other_words_are_mapped_or_refused(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "annotations.json",
        ["1.jpg"],
        images=[{"id": 1, "file_name": "1.jpg"}],
        categories=[{"id": 1, "name": "PKW"}],
    )
    labels = label_files(folder)[0]
    with pytest.raises(RecipeError, match=r"PKW.*--rename"):
        read_coco_folder(folder, labels, {})
    assert read_coco_folder(folder, labels, {"pkw": "car"}).classes == ["PKW"]
