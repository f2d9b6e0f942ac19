"""Light and weather of a frame, and what the camera's optics and sensor make of it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

Rgb = tuple[float, float, float]
Image = npt.NDArray[np.uint8]

NOISE_MARGIN = 128  # the noise field is larger than a frame; each frame takes another cut-out


@dataclass(frozen=True, slots=True)
class Weather:
    """What a frame is lit by. `light` is day or night, `weather` dry or rain."""

    light: str = "day"
    weather: str = "dry"
    sun_direction: tuple[float, float, float] = (0.4, -0.5, 1.0)
    sun: Rgb = (0.75, 0.71, 0.64)
    ambient: Rgb = (0.44, 0.47, 0.52)
    sky: Rgb = (0.62, 0.72, 0.85)
    fog_per_m: float = 0.001
    wet: float = 0.0
    rain: float = 0.0
    headlights: float = 0.0
    street_lights: float = 0.0
    noise: float = 2.0
    gain: float = 1.0
    blur_px: float = 0.5


def _scaled(colour: Rgb, factor: float) -> Rgb:
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


def _day(rng: np.random.Generator) -> Weather:
    angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.5)
    base = Weather(
        sun_direction=(float(np.cos(angle)), float(np.sin(angle)), float(height)),
        noise=float(rng.uniform(1.5, 4.0)),
        gain=float(rng.uniform(0.85, 1.12)),
        ambient=_scaled((0.56, 0.59, 0.64), float(rng.uniform(0.85, 1.1))),
        sun=_scaled((0.95, 0.9, 0.8), float(rng.uniform(0.7, 1.05))),
    )
    if rng.random() < 0.4:  # overcast: light from above, soft
        return replace(
            base,
            sun_direction=(0.05, 0.05, 1.0),
            sun=(0.22, 0.22, 0.22),
            ambient=_scaled((0.76, 0.78, 0.82), float(rng.uniform(0.85, 1.1))),
            sky=(0.72, 0.74, 0.77),
        )
    return base


def _rain(rng: np.random.Generator) -> Weather:
    return Weather(
        weather="rain",
        sun_direction=(0.05, 0.05, 1.0),
        sun=(0.14, 0.14, 0.14),
        ambient=_scaled((0.66, 0.69, 0.73), float(rng.uniform(0.75, 1.05))),
        sky=(0.55, 0.57, 0.6),
        fog_per_m=float(rng.uniform(0.003, 0.011)),
        wet=1.0,
        rain=float(rng.uniform(0.5, 1.4)),
        headlights=0.35,
        noise=float(rng.uniform(2.0, 5.0)),
        gain=float(rng.uniform(0.85, 1.1)),
        blur_px=float(rng.uniform(0.6, 1.0)),
    )


def _night(rng: np.random.Generator) -> Weather:
    return Weather(
        light="night",
        sun_direction=(0.05, 0.05, 1.0),
        sun=(0.02, 0.02, 0.025),
        ambient=_scaled((0.13, 0.14, 0.175), float(rng.uniform(0.7, 1.3))),
        sky=(0.02, 0.025, 0.05),
        headlights=1.0,
        street_lights=float(rng.uniform(0.7, 1.2)),
        noise=float(rng.uniform(3.5, 8.0)),
        gain=float(rng.uniform(0.9, 1.3)),
        blur_px=float(rng.uniform(0.5, 0.8)),
    )


def draw_weather(light: str, weather: str, rng: np.random.Generator) -> Weather:
    """A random sky of the given regime.

    Raises:
        ValueError: light is not day or night, or weather is not dry or rain.
    """
    if light not in ("day", "night") or weather not in ("dry", "rain"):
        raise ValueError(f"no such sky: {light}-{weather}")
    if light == "day":
        return _rain(rng) if weather == "rain" else _day(rng)
    night = _night(rng)
    if weather == "rain":
        wet = _rain(rng)
        night = replace(night, weather="rain", wet=1.0, rain=wet.rain, fog_per_m=0.003)
    return night


class Optics:
    """Bloom, rain streaks, blur and noise over a rendered image."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        field = np.random.default_rng(7).normal(
            0, 1, (height + NOISE_MARGIN, width + NOISE_MARGIN, 1)
        )
        self._noise = field.astype(np.float32)

    def apply(self, image: Image, weather: Weather, rng: np.random.Generator) -> Image:
        """RGB uint8 [H, W, 3] in and out."""
        picture = image.astype(np.float32)
        if weather.headlights > 0.3:
            bright = cv2.resize(
                np.maximum(picture - 190, 0), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA
            )
            glow = cv2.GaussianBlur(bright, (0, 0), 2.5) * (2.0 * weather.headlights)
            picture += cv2.resize(glow, (self._width, self._height))
        if weather.rain > 0:
            picture = picture * 0.93 + self._streaks(weather, rng)
        if weather.blur_px > 0.3:
            cv2.GaussianBlur(picture, (5, 5), weather.blur_px, dst=picture)
        x, y = rng.integers(NOISE_MARGIN), rng.integers(NOISE_MARGIN)
        cut = self._noise[y : y + self._height, x : x + self._width]
        picture = picture * weather.gain + cut * weather.noise
        return np.clip(picture, 0, 255).astype(np.uint8)

    def _streaks(self, weather: Weather, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        layer = np.zeros((self._height, self._width), np.uint8)
        count = int(260 * weather.rain)
        xs, ys = rng.integers(0, self._width, count), rng.integers(0, self._height, count)
        lengths = rng.integers(8, 26, count)
        grey = 25 if weather.light == "night" else 45
        for x, y, length in zip(xs.tolist(), ys.tolist(), lengths.tolist(), strict=True):
            cv2.line(layer, (x, y), (x + length // 6, y + length), grey, 1)
        soft = cv2.GaussianBlur(layer, (3, 3), 0)
        return soft.astype(np.float32)[..., None]
