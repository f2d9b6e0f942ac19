"""What accuracies were measured on is read from what the labels say of themselves."""

import json
from pathlib import Path

import pytest
from lamplighter_controller.workshop.material_sets import measured_on
from lamplighter_controller.workshop.materials import shipped_folder
from lamplighter_recipes.variants.identity import Materials


def materials(evaluation: Path) -> Materials:
    return Materials(evaluation, evaluation, evaluation, evaluation, evaluation)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"info": {"description": "rendered junction"}}, "renders"),
        ({"info": {"description": "exported by a tool"}}, "pictures"),
        ({}, "pictures"),
        ([], ""),
    ],
)
def test_labels_say_whether_they_are_of_renders(tmp_path: Path, content: object, kind: str) -> None:
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    assert measured_on(materials(tmp_path)) == kind


def test_without_labels_nobody_knows(tmp_path: Path) -> None:
    assert measured_on(materials(tmp_path)) == ""


def test_what_ships_was_measured_on_renders() -> None:
    assert measured_on(materials(shipped_folder() / "evaluation")) == "renders"
