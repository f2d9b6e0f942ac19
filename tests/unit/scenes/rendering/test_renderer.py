"""The camera's boxes are exact, its data sets consistent, its splits apart."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_recipes.tasks.detection.labels import load_labelled_frames
from lamplighter_scenes.cameras import CAMERAS, TEST_CAMERAS, TRAIN_CAMERAS, jittered
from lamplighter_scenes.cities import load_scene
from lamplighter_scenes.datasets.dataset import render_dataset
from lamplighter_scenes.datasets.splits import JAM_MIN_OBJECTS, SPLITS, density_of
from lamplighter_scenes.rendering.appearance import SceneObject, diversify, dress
from lamplighter_scenes.rendering.meshes.road_users import all_shapes
from lamplighter_scenes.rendering.renderer import SceneRenderer, project, visible_extents
from lamplighter_scenes.road_users import CLASSES
from lamplighter_scenes.trace import RoadUser
from lamplighter_scenes.weather import Weather, draw_weather

DEMO = Path(__file__).resolve().parents[4] / "deploy" / "demo" / "traces"
CLEAR = Weather(noise=0.0, blur_px=0.0)


def egl_missing() -> str:
    """Why nothing can be rendered here; empty where it can."""
    try:
        import moderngl

        moderngl.create_context(standalone=True, backend="egl").release()
    except Exception as error:  # noqa: BLE001 - any failure of the driver counts
        return f"no EGL (apt install libegl1 libgl1-mesa-dri): {error}"
    return ""


@pytest.fixture(scope="module")
def renderer() -> Iterator[SceneRenderer]:
    if reason := egl_missing():
        pytest.skip(reason)
    made = SceneRenderer(640, 480, load_scene(DEMO)[0], seed=1)
    yield made
    made.close()


def test_the_box_of_a_known_object_is_where_geometry_says(renderer: SceneRenderer) -> None:
    camera = CAMERAS["southeast"]
    for kind, shapes in renderer.shapes.items():
        for number in range(len(shapes)):
            thing = SceneObject(kind, 17.0, 2.0, 0.6, number, number=7)
            view = renderer.view([thing], camera, CLEAR, np.random.default_rng(0))
            mesh = shapes[number].mesh[:, :3].astype(np.float64)
            cos, sin = np.cos(0.6), np.sin(0.6)
            world = np.stack(
                [
                    17.0 + mesh[:, 0] * cos - mesh[:, 1] * sin,
                    2.0 + mesh[:, 0] * sin + mesh[:, 1] * cos,
                    mesh[:, 2],
                ],
                axis=1,
            )
            points = project(camera.matrix(640, 480), world, 640, 480)[:, :2]
            expected = [*points.min(0), *points.max(0), CLASSES.index(kind)]
            assert view.boxes.shape == (1, 5), (kind, number)
            np.testing.assert_allclose(view.boxes[0], expected, atol=1.5)
            assert view.numbers.tolist() == [7]


def test_a_hidden_object_has_no_box(renderer: SceneRenderer) -> None:
    camera = replace(CAMERAS["southeast"], eye=(0.0, -20.0, 2.0), target=(0.0, 0.0, 1.0))
    bus = SceneObject("bus", 0.0, 0.0, 0.0, number=1)
    car = SceneObject("car", 0.0, 4.0, 0.0, number=2)
    view = renderer.view([bus, car], camera, CLEAR, np.random.default_rng(0))
    assert view.numbers.tolist() == [1]


def test_the_same_seed_gives_the_same_frame(renderer: SceneRenderer) -> None:
    thing = SceneObject("car", 17.0, 2.0, 0.6)
    frames = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        sky = draw_weather("day", "rain", rng)
        frames.append(renderer.frame([thing], CAMERAS["southeast"], sky, rng)[0])
    np.testing.assert_array_equal(*frames)


def test_night_is_darker_than_day(renderer: SceneRenderer) -> None:
    rng = np.random.default_rng(3)
    mean = {
        light: renderer.frame([], CAMERAS["northwest"], draw_weather(light, "dry", rng), rng)[
            0
        ].mean()
        for light in ("day", "night")
    }
    assert mean["night"] < 0.5 * mean["day"]


def test_a_sky_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="dusk-dry"):
        draw_weather("dusk", "dry", np.random.default_rng(0))


def test_visible_extents_are_those_of_the_pixels() -> None:
    owner = np.zeros((10, 20), np.int32)
    owner[2:5, 3:9] = 1
    owner[4, 15] = 3
    extents, pixels = visible_extents(owner, 3)
    assert extents[0].tolist() == [3, 2, 9, 5]
    assert extents[2].tolist() == [15, 4, 16, 5]
    assert pixels.tolist() == [18, 0, 1]


def test_meshes_have_their_size_and_stand_on_the_ground() -> None:
    for kind, shapes in all_shapes().items():
        for shape in shapes:
            points = shape.mesh[:, :3]
            assert points[:, 2].min() == pytest.approx(0.0, abs=1e-4), kind
            np.testing.assert_allclose(np.ptp(points, axis=0), shape.size_m, atol=1e-3)


def test_looks_depend_on_seed_and_track_alone() -> None:
    users = [RoadUser(n, "car", float(n), 0.0, 0.0) for n in range(5)]
    counts = {"car": 6}
    assert dress(users, 1, counts)[3] == dress(users[3:4], 1, counts)[0]
    assert dress(users, 1, counts) != dress(users, 2, counts)


def test_rare_kinds_only_come_where_there_is_room() -> None:
    packed = [RoadUser(n, "car", n * 6.0, 0.0, 0.0) for n in range(40)]
    kinds = {user.kind for user in diversify(packed, 1.0, np.random.default_rng(0))}
    assert "motorcycle" in kinds
    assert not kinds & {"bus", "truck"}


def test_splits_share_neither_time_nor_test_cameras() -> None:
    ordered = sorted(SPLITS.values(), key=lambda split: split.begin)
    assert all(a.end <= b.begin for a, b in itertools.pairwise(ordered))
    assert [camera.name for camera in SPLITS["test"].cameras] == list(TEST_CAMERAS)
    assert not set(TEST_CAMERAS) & set(TRAIN_CAMERAS)
    assert [camera.name for camera in SPLITS["train"].cameras] == list(TRAIN_CAMERAS)
    assert SPLITS["train"].cameras == SPLITS["val"].cameras
    moved = jittered(CAMERAS["southeast"], np.random.default_rng(0))
    assert moved.name == "southeast"
    assert moved != CAMERAS["southeast"]


def test_density_is_a_matter_of_counting() -> None:
    assert density_of(JAM_MIN_OBJECTS) == "jam"
    assert density_of(JAM_MIN_OBJECTS - 1) == "free"


def test_a_rendered_data_set_reads_back(tmp_path: Path) -> None:
    if reason := egl_missing():
        pytest.skip(reason)
    street, traces = load_scene(DEMO)
    seen: list[int] = []
    path = render_dataset(
        tmp_path,
        SPLITS["test"],
        6,
        9,
        street,
        traces,
        progress=lambda done, _: seen.append(done),
    )
    document = json.loads(path.read_text())
    samples = load_labelled_frames(tmp_path)
    assert seen == [1, 2, 3, 4, 5, 6]
    assert sum(len(sample.boxes) for sample in samples) == len(document["annotations"])
    for sample in samples:
        assert sample.rgb().shape == (480, 640, 3)
        assert sample.camera in TEST_CAMERAS
        assert sample.regime.endswith(density_of(len(sample.boxes)))
        assert (sample.boxes[:, 2:4] > sample.boxes[:, :2]).all()
        assert (sample.boxes[:, :4] >= 0).all()
        assert (sample.boxes[:, 2:4] <= (640, 480)).all()


def test_a_folder_without_annotations_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"annotations\.json: .*No such file"):
        load_labelled_frames(tmp_path)


def test_foreign_categories_and_crowds_are_ignored(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 5, "file_name": "a.jpg", "width": 8, "height": 8, "camera": "mine"}],
        "categories": [{"id": 1, "name": "tram"}, {"id": 9, "name": "bus"}],
        "annotations": [
            {"image_id": 5, "category_id": 1, "bbox": [0, 0, 2, 2]},
            {"image_id": 5, "category_id": 9, "bbox": [1, 2, 3, 4]},
            {"image_id": 5, "category_id": 9, "bbox": [0, 0, 8, 8], "iscrowd": 1},
        ],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    assert load_labelled_frames(tmp_path) == []  # the picture is still to come
    (tmp_path / "a.jpg").touch()
    (sample,) = load_labelled_frames(tmp_path)
    assert sample.boxes[:, 4].tolist() == [IGNORE, CLASSES.index("bus"), IGNORE]
    assert sample.boxes[1, :4].tolist() == [1, 2, 4, 6]
    assert sample.camera == "mine"
