"""What stands in the way is said before anything is written, with field and remedy."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lamplighter_recipes.own_models.findings import PreflightError
from lamplighter_recipes.own_models.preflight import preflight
from lamplighter_recipes.own_models.request import AddRequest

from tests.simulators.foreign_models import (
    cvat_folder,
    fixed_graph,
    importable,
    light_folders,
    yolo_graph,
)

pytestmark = pytest.mark.torch


@pytest.fixture
def good(tmp_path: Path) -> AddRequest:
    return AddRequest(
        name="cells",
        source=str(yolo_graph(tmp_path / "yolo.onnx")),
        task="detection",
        data=str(cvat_folder(tmp_path / "data")),
        models_dir=tmp_path / "models",
        cache_dir=tmp_path / "cache",
        licence="MIT",
        decoder="yolo",
        classes="tree,person,car",
        std=(255.0,),
    )


def fields(request: AddRequest) -> list[str]:
    with pytest.raises(PreflightError) as raised:
        preflight(request)
    assert all(finding.remedy for finding in raised.value.findings)
    assert not request.models_dir.exists()
    return [finding.field for finding in raised.value.findings]


def test_what_is_plain_is_found_out(good: AddRequest) -> None:
    plan = preflight(good)
    assert plan.task == "traffic"
    assert plan.interface.channels_first and plan.interface.sizes == ("64x48",)
    assert plan.interface.outputs == ("output0",)
    assert plan.decoder.class_map == (-1, 6, 0)
    assert plan.decoder.box == "xywh"


def test_all_that_is_wrong_is_said_at_once(good: AddRequest) -> None:
    wrong = replace(good, name="No Name", decoder="holograms", licence="", box="round")
    assert fields(wrong) == ["name", "decoder", "licence", "box"]
    wrong = replace(good, licence="", data="/nowhere", classes="", source="gone.onnx", pictures=0)
    assert fields(wrong) == ["licence", "pictures", "data", "classes", "source"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"classes": "car,person"}, "classes"),
        ({"classes": "tree,house,cloud"}, "classes"),
        ({"sizes": ("640x480",)}, "size"),
        ({"layout": "nhwc"}, "layout"),
        ({"outputs": {"predictions": "scores"}}, "outputs"),
        ({"decoder": "ssd"}, "outputs"),
        ({"task": "weather"}, "task"),
        ({"taken": frozenset({"cells"})}, "name"),
        ({"data": "/nowhere"}, "data"),
        ({"mean": (1.0, 2.0)}, "mean"),
        ({"mean": (float("nan"),)}, "mean"),
        ({"pictures": 0}, "pictures"),
        ({"classes": ""}, "classes"),
        ({"classes": "/nowhere/names.txt"}, "classes"),
        ({"licence": " "}, "licence"),
        ({"task": "detection:"}, "task"),
        ({"decoder": ""}, "decoder"),
        ({"annotations": Path("/nowhere/labels.json")}, "data"),
        ({"anchors": Path("/nowhere/anchors.toml")}, "anchors"),
        ({"data": "no.such.module:frames"}, "data"),
        ({"source": "no.such.module:network"}, "source"),
    ],
)
def test_each_flaw_has_its_field(good: AddRequest, change: dict[str, object], field: str) -> None:
    assert fields(replace(good, **change)) == [field]  # type: ignore[arg-type]


def test_files_that_are_no_models_are_named(good: AddRequest, tmp_path: Path) -> None:
    for name in ("bad.onnx", "bad.tflite", "bad.pt2"):
        (tmp_path / name).write_bytes(b"no graph")
    (tmp_path / "notes.txt").write_text("")
    for source, text in (
        ("bad.onnx", "no ONNX graph"),
        ("bad.tflite", "no model of LiteRT"),
        ("bad.pt2", "no exported program"),
        ("notes.txt", "no kind of model"),
        ("gone.onnx", "no such file"),
    ):
        wrong = replace(good, source=str(tmp_path / source), data="/nowhere", classes="")
        with pytest.raises(PreflightError, match=text) as raised:
            preflight(wrong)
        assert [finding.field for finding in raised.value.findings] == ["data", "classes", "source"]


ROWS = 8 * 6 + 4 * 3  # of strides 8 and 16 at 64x48
BOXES = np.zeros((1, ROWS, 4), np.float32)
SCORES = np.full((1, ROWS, 3), 0.5, np.float32)
LOGITS = np.full((1, ROWS, 3), -4, np.float32)
LISTED = np.zeros((1, 5), np.float32)
ANCHORS = """
strides = [8, 16]
priors = [[[0.1, 0.1]], [[0.2, 0.2]]]
"""
AFTER_NMS: dict[str, Any] = {"boxes": BOXES[:, :5], "scores": LISTED, "classes": LISTED}


@pytest.mark.parametrize(
    ("decoder", "outputs", "change", "fields_"),
    [
        ("ssd", {"a": BOXES, "b": SCORES}, {}, []),
        ("ssd", {"a": BOXES, "b": LOGITS}, {}, ["activation"]),
        ("ssd", {"a": BOXES, "b": LOGITS}, {"activation": "softmax"}, []),
        ("ssd", {"a": BOXES[:, 1:], "b": SCORES[:, 1:]}, {}, ["anchors"]),
        ("ssd", {"a": BOXES, "b": SCORES}, {"anchors": None}, ["anchors"]),
        ("ssd", {"a": BOXES, "b": SCORES}, {"strides": (8, 16, 32)}, ["anchors"]),
        ("ssd", {"a": BOXES, "b": SCORES}, {"classes": "car,person"}, ["classes"]),
        ("distances", {"a": BOXES, "b": SCORES}, {"strides": (8, 16)}, []),
        ("distances", {"a": BOXES, "b": SCORES}, {"strides": (8,)}, ["strides"]),
        (
            "distances",
            {"distances": np.zeros((1, ROWS, 32), np.float32), "scores": SCORES},
            {"strides": (8, 16)},
            ["outputs"],
        ),
        ("detections", {"a": np.zeros((1, 9, 6), np.float32)}, {}, []),
        ("detections", {"a": np.zeros((1, 9, 7), np.float32)}, {}, ["outputs"]),
        ("after-nms", AFTER_NMS, {}, []),
        ("after-nms", {**AFTER_NMS, "scores": LISTED + 80}, {}, ["activation"]),
        ("after-nms", {"a": BOXES}, {}, ["outputs"]),
        ("yolo", {"a": np.zeros((1, 7, ROWS), np.float32)}, {}, []),
        ("yolo", {"a": np.zeros((1, 8, ROWS), np.float32)}, {}, ["classes"]),
        ("yolo", {"a": np.zeros((1, 8, ROWS), np.float32)}, {"objectness": True}, []),
        ("yolo", {"a": np.full((1, ROWS, 7), -3, np.float32)}, {}, ["activation"]),
    ],
)
def test_each_decoder_is_held_against_what_the_network_gives(
    good: AddRequest,
    tmp_path: Path,
    decoder: str,
    outputs: dict[str, np.ndarray],
    change: dict[str, Any],
    fields_: list[str],
) -> None:
    (tmp_path / "anchors.toml").write_text(ANCHORS)
    request = replace(
        good,
        source=str(fixed_graph(tmp_path / "fixed.onnx", **outputs)),
        decoder=decoder,
        anchors=tmp_path / "anchors.toml",
    )
    request = replace(request, **change)
    if fields_:
        assert fields(request) == fields_
    else:
        assert preflight(request).decoder.name == decoder


def test_pictures_of_a_class_that_the_network_lacks_are_named(
    good: AddRequest, tmp_path: Path
) -> None:
    folders = light_folders(tmp_path / "folders")
    (folders / "dark").rename(folders / "dusk")
    wrong = replace(
        good,
        source=importable(tmp_path, "light_for_dusk"),
        task="classification",
        data=str(folders),
        decoder="",
        classes="dark,bright",
        activation="softmax",
        sizes=("64x48",),
    )
    with pytest.raises(PreflightError, match="no class for pictures of dusk"):
        preflight(wrong)
    assert preflight(replace(wrong, rename={"dark": "dusk"})).decoder.class_map == (1, 0)


def test_too_few_pictures_are_not_enough(good: AddRequest, tmp_path: Path) -> None:
    few = light_folders(tmp_path / "few", each=2)
    wrong = replace(good, task="classification", decoder="", data=str(few))
    assert fields(wrong) == ["data"]
