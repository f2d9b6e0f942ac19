"""Random changes to training pictures: crop and scale, flip, light, colour, noise, blur."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from lamplighter_recipes.tasks.detection.average_precision import IGNORE, Boxes
from lamplighter_recipes.tasks.detection.labels import Image

FILL = 114  # grey around pictures that were made smaller
MIN_SIDE_PX = 4.0  # smaller objects are neither taught nor punished
MIN_VISIBLE = 0.35  # share of a cut object that must remain, to be taught


@dataclass(frozen=True)
class AugmentConfig:
    """Ranges of the random changes; `zoom` is relative to fitting the picture's width."""

    zoom: tuple[float, float] = (0.7, 1.6)
    plain: float = 0.3  # share of pictures that are only resized, as on the device
    light: float = 0.3
    noise: float = 6.0


def resize(image: Image, boxes: Boxes, width: int, height: int) -> tuple[Image, Boxes]:
    """Stretch to width x height, as the device does; boxes [n,≥4] follow."""
    scale = np.array([width / image.shape[1], height / image.shape[0]] * 2, np.float32)
    shrinks = scale.min() < 1
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    moved = boxes.copy()
    moved[:, :4] *= scale
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8), moved


def augment(
    image: Image, boxes: Boxes, width: int, height: int, rng: Generator, config: AugmentConfig
) -> tuple[Image, Boxes]:
    """One random variation of a picture and its boxes [n,5], at width x height."""
    if rng.random() >= config.plain:
        image, boxes = crop(image, boxes, width / height, rng, config.zoom)
    image, boxes = resize(image, boxes, width, height)
    if rng.random() < 0.5:
        image, boxes = flip(image, boxes)
    return relight(image, rng, config), tiny_to_ignore(boxes)


def crop(
    image: Image, boxes: Boxes, aspect: float, rng: Generator, zoom: tuple[float, float]
) -> tuple[Image, Boxes]:
    """Cut a window of the given aspect; a zoom below 1 pads the picture with grey."""
    rows, columns = image.shape[:2]
    fit = max(columns, rows * aspect) if rng.random() < 0.5 else min(columns, rows * aspect)
    wide = round(fit / rng.uniform(*zoom))
    high = round(wide / aspect)
    left = int(rng.integers(min(0, columns - wide), max(0, columns - wide) + 1))
    top = int(rng.integers(min(0, rows - high), max(0, rows - high) + 1))
    canvas = np.full((high, wide, 3), FILL, np.uint8)
    source = image[max(0, top) : top + high, max(0, left) : left + wide]
    y, x = max(0, -top), max(0, -left)
    canvas[y : y + source.shape[0], x : x + source.shape[1]] = source
    moved = boxes.copy()
    moved[:, :4] -= np.array([left, top, left, top], np.float32)
    return canvas, _cut(moved, wide, high)


def _cut(boxes: Boxes, width: int, height: int) -> Boxes:
    """Clip to the window; drop what is outside, ignore what is mostly outside."""
    before = (boxes[:, 2:4] - boxes[:, :2]).prod(1)
    boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(0, width)
    boxes[:, [1, 3]] = boxes[:, [1, 3]].clip(0, height)
    after = (boxes[:, 2:4] - boxes[:, :2]).prod(1)
    boxes[after < MIN_VISIBLE * before, 4] = IGNORE
    return boxes[after > 0]


def flip(image: Image, boxes: Boxes) -> tuple[Image, Boxes]:
    """Mirror left and right."""
    moved = boxes.copy()
    moved[:, [0, 2]] = image.shape[1] - boxes[:, [2, 0]]
    return np.ascontiguousarray(image[:, ::-1]), moved


def tiny_to_ignore(boxes: Boxes) -> Boxes:
    """Mark objects that are too small to see at this resolution as ignored."""
    marked = boxes.copy()
    small = (boxes[:, 2:4] - boxes[:, :2]).min(1, initial=np.inf) < MIN_SIDE_PX
    marked[small, 4] = IGNORE
    return marked


def relight(image: Image, rng: Generator, config: AugmentConfig) -> Image:
    """Change exposure, gamma and colour by one lookup per channel; sometimes noise or blur."""
    level = np.linspace(0, 1, 256)
    gain, gamma = np.exp(rng.uniform(-config.light, config.light, 2))
    offset = rng.uniform(-config.light, config.light) / 4
    tint = np.exp(rng.uniform(-config.light, config.light, 3) / 3)
    table = np.clip((level**gamma)[:, None] * gain * tint + offset, 0, 1) * 255
    image = np.asarray(cv2.LUT(image, table[:, None].astype(np.uint8).reshape(256, 1, 3)), np.uint8)
    choice = rng.random()
    if choice < 0.2:
        return np.asarray(cv2.blur(image, (3, 3)), np.uint8)
    if choice < 0.4:
        grain = rng.normal(0, rng.uniform(1, config.noise), image.shape).astype(np.float32)
        return np.asarray((image + grain).clip(0, 255), np.uint8)
    return image
