"""The camera: draws a street with its users and knows exactly which pixels each one covers.

OpenGL 3.3 through moderngl with EGL; Mesa's software renderer (libegl1, libgl1-mesa-dri) is
enough. A second render target holds the number of the object at each pixel; boxes are the extents
of the visible pixels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lamplighter_scenes.cameras import CAMERAS, Camera, Matrix, look_at
from lamplighter_scenes.rendering import ground, lamp_light, shaders
from lamplighter_scenes.rendering.appearance import SceneObject
from lamplighter_scenes.rendering.meshes.road_users import Shape, all_shapes
from lamplighter_scenes.rendering.scenery import draw_scenery
from lamplighter_scenes.road_users import CLASSES, SIZE_M
from lamplighter_scenes.street import Street
from lamplighter_scenes.weather import Image, Optics, Weather

SHADOW_PIXELS = 1024
SHADOW_HALF_M = 70.0
MIN_PIXELS = 60
MIN_SIDE_PX = 6
MIN_LONG_SIDE_PX = 14
MIN_VISIBLE_SHARE = 0.3  # of the amodal box inside the frame
GROUND_REACH_M = 400.0
LAMP_SCALE = 1.5
NO_HEADLIGHTS = ("person", "bicycle")


@dataclass(frozen=True, slots=True)
class View:
    """A frame: RGB uint8 [H, W, 3], boxes [n, 5] (x1, y1, x2, y2, class) and object numbers."""

    image: Image
    boxes: npt.NDArray[np.float32]
    numbers: npt.NDArray[np.int64]


def project(matrix: Matrix, points: npt.NDArray[Any], width: int, height: int) -> npt.NDArray[Any]:
    """World points [n, 3] to pixels [n, 2] with clip w as a third column."""
    clip = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    w = np.maximum(clip[:, 3], 0.1)
    x = (clip[:, 0] / w * 0.5 + 0.5) * width
    y = (0.5 - clip[:, 1] / w * 0.5) * height
    return np.stack([x, y, clip[:, 3]], axis=1)


def _corners(thing: SceneObject, size: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    cos, sin = np.cos(thing.heading_rad), np.sin(thing.heading_rad)
    corners = []
    for a in (-size[0] / 2, size[0] / 2):
        for b in (-size[1] / 2, size[1] / 2):
            x, y = thing.x_m + a * cos - b * sin, thing.y_m + a * sin + b * cos
            corners += [(x, y, 0.0), (x, y, size[2])]
    return np.array(corners)


def _ortho(half_m: float, depth_m: float) -> Matrix:
    return np.array(
        [
            [1 / half_m, 0, 0, 0],
            [0, 1 / half_m, 0, 0],
            [0, 0, -2 / depth_m, -1],
            [0, 0, 0, 1],
        ],
        np.float32,
    )


class SceneRenderer:
    """Renders frames of one street; `restyle` redraws what stands beside it.

    Raises:
        Exception: of moderngl or glcontext, when the machine has no EGL.
    """

    def __init__(
        self,
        width: int,
        height: int,
        street: Street,
        seed: int = 0,
        cameras: Iterable[Camera] = tuple(CAMERAS.values()),
    ) -> None:
        """`cameras`: before which nothing may stand."""
        import moderngl

        self.width, self.height = width, height
        self._gl = moderngl
        self._street, self._cameras = street, tuple(cameras)
        self._optics = Optics(width, height)
        create: Any = moderngl.create_context  # its stub lacks the backend's name
        self._context: Any = create(standalone=True, backend="egl")
        self._build_targets()
        self._build_programs()
        self._build_ground(seed)
        self.shapes: dict[str, list[Shape]] = all_shapes()
        self._instances = self._context.buffer(reserve=48 * 512, dynamic=True)
        self._draws = {
            (kind, number): self._mesh_arrays(shape.mesh, self._instances)
            for kind, shapes in self.shapes.items()
            for number, shape in enumerate(shapes)
        }
        self.restyle(seed)

    @property
    def shape_counts(self) -> dict[str, int]:
        """How many shapes each kind has."""
        return {kind: len(shapes) for kind, shapes in self.shapes.items()}

    def close(self) -> None:
        """Frees the context."""
        self._context.release()

    def _build_targets(self) -> None:
        size = (self.width, self.height)
        context = self._context
        self._frame = context.framebuffer(
            [context.renderbuffer(size, 4), context.renderbuffer(size, 1, dtype="f4")],
            context.depth_renderbuffer(size),
        )
        self._shadow = context.depth_texture((SHADOW_PIXELS, SHADOW_PIXELS))
        self._shadow.compare_func = ""
        self._shadow_frame = context.framebuffer(depth_attachment=self._shadow)

    def _build_programs(self) -> None:
        program = self._context.program
        self._objects = program(shaders.OBJECT_VERTEX, shaders.OBJECT_FRAGMENT)
        self._ground = program(shaders.GROUND_VERTEX, shaders.GROUND_FRAGMENT)
        self._shadows = program(shaders.SHADOW_VERTEX, shaders.SHADOW_FRAGMENT)
        for lit in (self._objects, self._ground):
            lit["shadow_map"].value = 0
            lit["lamp_map"].value = 1
            lit["half_extent"].value = ground.HALF_EXTENT_M
            lit["lamp_scale"].value = LAMP_SCALE
        self._ground["ground"].value = 2

    def _build_ground(self, seed: int) -> None:
        pixels = ground.ground_texture(self._street, seed)
        self._ground_map = self._context.texture(pixels.shape[:2], 4, pixels.tobytes())
        self._ground_map.build_mipmaps()
        self._ground_map.repeat_x = self._ground_map.repeat_y = False
        lamps = (ground.MAP_PIXELS, ground.MAP_PIXELS)
        self._lamp_map = self._context.texture(lamps, 3, dtype="f2")
        self._lamp_map.repeat_x = self._lamp_map.repeat_y = False
        r = GROUND_REACH_M
        quad = np.array([-r, -r, r, -r, r, r, -r, -r, r, r, -r, r], np.float32)
        self._ground_draw = self._context.vertex_array(
            self._ground, [(self._context.buffer(quad.tobytes()), "2f", "p")]
        )

    def _mesh_arrays(self, mesh: npt.NDArray[np.float32], instances: Any) -> tuple[Any, Any]:
        buffer = self._context.buffer(np.ascontiguousarray(mesh).tobytes())
        lit = [(buffer, "3f 3f 4f", "p", "n", "c"), (instances, "4f 4f 4f/i", *_INSTANCE)]
        dark = [(buffer, "3f 28x", "p"), (instances, "4f 16x 4f/i", "place", "state")]
        return (
            self._context.vertex_array(self._objects, lit),
            self._context.vertex_array(self._shadows, dark),
        )

    def restyle(self, seed: int) -> None:
        """Other houses, trees and lamps."""
        scenery = draw_scenery(self._street, seed, self._cameras)
        here = np.array([0, 0, 1, 0, 0.5, 0.5, 0.5, 0, 0, 1, 0, 1], np.float32)
        self._still = self._mesh_arrays(scenery.mesh, self._context.buffer(here.tobytes()))
        self._street_light = lamp_light.street_light_map(scenery.lamp_posts)

    def frame(
        self,
        objects: Sequence[SceneObject],
        camera: Camera,
        weather: Weather,
        rng: np.random.Generator,
    ) -> tuple[Image, npt.NDArray[np.float32]]:
        """RGB uint8 [H, W, 3] and boxes float32 [n, 5] (x1, y1, x2, y2, class)."""
        view = self.view(objects, camera, weather, rng)
        return view.image, view.boxes

    def view(
        self,
        objects: Sequence[SceneObject],
        camera: Camera,
        weather: Weather,
        rng: np.random.Generator,
    ) -> View:
        """Like `frame`, with the number of the object behind each box."""
        matrix = camera.matrix(self.width, self.height)
        near = [thing for thing in objects if self._may_be_seen(thing, matrix)]
        groups = self._upload(near, weather)
        self._set_uniforms(matrix, camera, weather)
        self._light(near, weather)
        self._draw_shadows(groups)
        self._draw(groups, weather)
        image, owner = self._read()
        boxes, which = self._boxes(owner, near, matrix)
        numbers = np.array([near[i].number for i in which], np.int64)
        return View(self._optics.apply(image, weather, rng), boxes, numbers)

    def feet(
        self, objects: Sequence[SceneObject], camera: Camera
    ) -> dict[int, tuple[str, float, float]]:
        """Number -> (kind, x, y): the bottom centre of each object's whole box, in pixels.

        Only of objects whose bottom centre lies in the frame, hidden or not.
        """
        matrix = camera.matrix(self.width, self.height)
        feet = {}
        for thing in objects:
            size = self.shapes[thing.kind][thing.shape].size_m
            corners = project(matrix, _corners(thing, size), self.width, self.height)
            if corners[:, 2].min() < 1.0:
                continue
            x = float(corners[:, 0].min() + corners[:, 0].max()) / 2
            y = float(corners[:, 1].max())
            if 0 <= x < self.width and 0 <= y < self.height:
                feet[thing.number] = (thing.kind, x, y)
        return feet

    def _may_be_seen(self, thing: SceneObject, matrix: Matrix) -> bool:
        x, y, w = project(matrix, np.array([(thing.x_m, thing.y_m, 1.0)]), self.width, self.height)[
            0
        ]
        margin_px = 9.0 / max(w, 1.0) * self.width
        across = -margin_px < x < self.width + margin_px
        return bool(w > -8 and (w < 8 or (across and -margin_px < y < self.height + margin_px)))

    def _upload(
        self, objects: Sequence[SceneObject], weather: Weather
    ) -> list[tuple[tuple[str, int], int, int]]:
        order = sorted(range(len(objects)), key=lambda i: (objects[i].kind, objects[i].shape))
        rows = np.zeros((len(objects), 12), np.float32)
        groups: list[tuple[tuple[str, int], int, int]] = []
        for row, index in enumerate(order):
            thing = objects[index]
            rows[row] = [
                *(thing.x_m, thing.y_m, np.cos(thing.heading_rad), np.sin(thing.heading_rad)),
                *(*thing.colour, index + 1),
                *(0.0, 1.0, thing.brake, weather.headlights),
            ]
            key = (thing.kind, thing.shape)
            if groups and groups[-1][0] == key:
                groups[-1] = (key, groups[-1][1], groups[-1][2] + 1)
            else:
                groups.append((key, row, 1))
        self._rows = rows
        return groups

    def _set_uniforms(self, matrix: Matrix, camera: Camera, weather: Weather) -> None:
        sun = np.array(weather.sun_direction) / np.linalg.norm(weather.sun_direction)
        middle = np.array(camera.target)
        eye = middle + sun * 110
        shadow = _ortho(SHADOW_HALF_M, 260.0) @ look_at(
            (eye[0], eye[1], eye[2]), camera.target, (0.0, 1.0, 0.01)
        )
        for program in (self._objects, self._ground, self._shadows):
            program["shadow_view"].write(np.ascontiguousarray(shadow.T, np.float32).tobytes())
        for program in (self._objects, self._ground):
            program["view"].write(np.ascontiguousarray(matrix.T).tobytes())
            for name, value in (
                ("sun_dir", tuple(sun)),
                ("sun", weather.sun),
                ("ambient", weather.ambient),
                ("sky", weather.sky),
                ("eye", camera.eye),
                ("fog", weather.fog_per_m),
                ("wet", weather.wet),
                ("night", float(weather.light == "night")),
                ("shade", float(weather.sun[0] < 0.3)),
            ):
                if name in program:
                    program[name].value = value

    def _light(self, objects: Sequence[SceneObject], weather: Weather) -> None:
        light = self._street_light * np.float32(weather.street_lights)
        lamps = [
            (
                thing.x_m + np.cos(thing.heading_rad) * SIZE_M[thing.kind][0] / 2,
                thing.y_m + np.sin(thing.heading_rad) * SIZE_M[thing.kind][0] / 2,
                thing.heading_rad,
            )
            for thing in objects
            if thing.kind not in NO_HEADLIGHTS
        ]
        if weather.light == "night":
            lamp_light.add_headlights(light, lamps, 0.7 * weather.headlights)
        self._lamp_map.write(np.ascontiguousarray(light, np.float16).tobytes())

    def _draw_objects(self, groups: list[tuple[tuple[str, int], int, int]], which: int) -> None:
        for key, start, count in groups:
            self._instances.write(self._rows[start : start + count].tobytes())
            self._draws[key][which].render(instances=count)
        self._still[which].render(instances=1)

    def _draw_shadows(self, groups: list[tuple[tuple[str, int], int, int]]) -> None:
        self._context.enable(self._gl.DEPTH_TEST)
        self._shadow_frame.use()
        self._shadow_frame.clear(depth=1.0)
        self._draw_objects(groups, 1)

    def _draw(self, groups: list[tuple[tuple[str, int], int, int]], weather: Weather) -> None:
        self._frame.use()
        # the numbers are cleared to the sky's red, which is below 1 and reads as 0
        self._frame.clear(*weather.sky, 1.0, depth=1.0)
        self._shadow.use(0)
        self._lamp_map.use(1)
        self._ground_map.use(2)
        self._draw_objects(groups, 0)
        self._ground_draw.render()

    def _read(self) -> tuple[Image, npt.NDArray[np.int32]]:
        shape = (self.height, self.width)
        rgb = np.frombuffer(self._frame.read(components=3), np.uint8).reshape(*shape, 3)
        raw = self._frame.read(components=1, attachment=1, dtype="f4")
        numbers = np.frombuffer(raw, np.float32).reshape(shape).astype(np.int32)
        return rgb[::-1], numbers[::-1]

    def _boxes(
        self, owner: npt.NDArray[np.int32], objects: Sequence[SceneObject], matrix: Matrix
    ) -> tuple[npt.NDArray[np.float32], list[int]]:
        extents, pixels = visible_extents(owner, len(objects))
        rows, which = [], []
        for index, thing in enumerate(objects):
            x1, y1, x2, y2 = extents[index]
            if pixels[index] < MIN_PIXELS or not _large_enough(x2 - x1, y2 - y1):
                continue
            size = self.shapes[thing.kind][thing.shape].size_m
            corners = project(matrix, _corners(thing, size), self.width, self.height)
            low = np.maximum(corners[:, :2].min(0), 0)
            high = np.minimum(corners[:, :2].max(0), (self.width, self.height))
            amodal = float(np.prod(np.maximum(high - low, 1e-3)))
            if (x2 - x1) * (y2 - y1) < MIN_VISIBLE_SHARE * amodal:
                continue
            rows.append((x1, y1, x2, y2, CLASSES.index(thing.kind)))
            which.append(index)
        return np.array(rows, np.float32).reshape(-1, 5), which


_INSTANCE = ("place", "look", "state")


def _large_enough(width: float, height: float) -> bool:
    return bool(min(width, height) >= MIN_SIDE_PX and max(width, height) >= MIN_LONG_SIDE_PX)


def visible_extents(
    owner: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Extents [count, 4] and pixel counts [count] of the objects 1..count in a number image."""
    ys, xs = np.nonzero(owner)
    value = owner[ys, xs] - 1
    far = np.iinfo(np.int64).max // 4
    low = np.full((count, 2), far, np.int64)
    high = np.zeros((count, 2), np.int64)
    for axis, positions in ((0, xs), (1, ys)):
        np.minimum.at(low[:, axis], value, positions)
        np.maximum.at(high[:, axis], value, positions + 1)
    pixels = np.bincount(value, minlength=count)[:count]
    return np.concatenate([low, high], axis=1), pixels
