"""What stands in the way is said before anything is written, with field and remedy."""

from dataclasses import replace
from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.findings import PreflightError
from lamplighter_recipes.own_models.preflight import preflight
from lamplighter_recipes.own_models.request import AddRequest

from tests.simulators.foreign_models import cvat_folder, light_folders, yolo_graph

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
    ],
)
def test_each_flaw_has_its_field(good: AddRequest, change: dict[str, object], field: str) -> None:
    assert fields(replace(good, **change)) == [field]  # type: ignore[arg-type]


def test_files_that_are_no_models_are_named(good: AddRequest, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no graph")
    (tmp_path / "notes.txt").write_text("")
    for source, text in (
        ("bad.onnx", "no ONNX graph"),
        ("notes.txt", "no kind of model"),
        ("gone.onnx", "no such file"),
    ):
        with pytest.raises(RecipeError, match=text):
            preflight(replace(good, source=str(tmp_path / source)))


def test_too_few_pictures_are_not_enough(good: AddRequest, tmp_path: Path) -> None:
    few = light_folders(tmp_path / "few", each=2)
    wrong = replace(good, task="classification", decoder="", data=str(few))
    assert fields(wrong) == ["data"]
