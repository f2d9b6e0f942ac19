"""Sets that no training saw: other times, other cameras, other cities; drawn by one seed each."""

import json
from pathlib import Path

import pytest
from lamplighter_scenes.camera_kinds import KINDS
from lamplighter_scenes.cameras import CAMERAS
from lamplighter_scenes.cities import BRAUNSCHWEIG, RECORDINGS, load_scene, scene_folder
from lamplighter_scenes.datasets.dataset import LABELS, PROGRESS, render_dataset
from lamplighter_scenes.datasets.evaluation_sets import SETS, render_set, split_of
from lamplighter_scenes.datasets.splits import SPLITS

from tests.unit.scenes.rendering.test_renderer import egl_missing

TRACES = Path(__file__).resolve().parents[4] / "deploy" / "demo" / "traces"


def test_each_city_is_seen_by_each_kind_of_camera_and_by_night() -> None:
    for city in RECORDINGS:
        for kind in KINDS:
            assert SETS[f"{city}-{kind}"].cameras == kind
        assert SETS[f"{city}-night-rain"].regimes[0] == ("night", "rain", "free")
        assert SETS[f"{city}-real-night"].trace == "small-hours"
    assert len({chosen.seed for chosen in SETS.values()}) == len(SETS)


@pytest.mark.parametrize("name", SETS)
def test_a_set_shares_no_time_and_no_camera_with_training(name: str) -> None:
    street, traces = load_scene(scene_folder(TRACES, SETS[name].city))
    split = split_of(SETS[name], street, traces)
    assert not {camera.eye for camera in split.cameras} & {c.eye for c in CAMERAS.values()}
    if SETS[name].city == BRAUNSCHWEIG and not split.trace:
        assert split.begin >= max(SPLITS["train"].end, SPLITS["val"].end)
    assert split.trace in {"", "small-hours"}
    assert split.trace in traces or not split.trace


class PowerError(Exception):
    """The power fails."""


def test_an_interrupted_set_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := egl_missing():
        pytest.skip(reason)
    monkeypatch.setattr("lamplighter_scenes.datasets.dataset.RESTYLE_EVERY", 2)
    name = "ingolstadt-real-night"
    whole = render_set(name, tmp_path / "whole", TRACES, frames=5)

    def stop_at_four(done: int, _total: int) -> None:
        if done == 4:
            raise PowerError

    with pytest.raises(PowerError):
        render_set(name, tmp_path / "parts", TRACES, frames=5, progress=stop_at_four)
    assert (tmp_path / "parts" / PROGRESS).exists()
    assert not (tmp_path / "parts" / LABELS).exists()
    drawn: list[int] = []
    parts = render_set(
        name, tmp_path / "parts", TRACES, frames=5, progress=lambda done, _: drawn.append(done)
    )
    assert drawn == [3, 4, 5]
    assert json.loads(parts.read_text()) == json.loads(whole.read_text())
    for image in (tmp_path / "whole" / "images").iterdir():
        assert image.read_bytes() == (tmp_path / "parts" / "images" / image.name).read_bytes()
    assert 0.5 < json.loads(whole.read_text())["info"]["still_share"] <= 1.0
    assert render_set(name, tmp_path / "parts", TRACES, frames=5, progress=stop_at_four) == parts


def test_another_seed_does_not_go_on_from_what_is_there(tmp_path: Path) -> None:
    if reason := egl_missing():
        pytest.skip(reason)
    street, traces = load_scene(TRACES)
    (tmp_path / PROGRESS).write_text(
        json.dumps({"info": {"seed": 1}, "images": [{}], "annotations": [], "state": {}})
    )
    path = render_dataset(tmp_path, SPLITS["test"], 1, 2, street, traces)
    assert [image["id"] for image in json.loads(path.read_text())["images"]] == [1]
