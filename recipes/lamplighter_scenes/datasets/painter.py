"""Draws random frames of a split."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamplighter_scenes.cameras import Camera, jittered
from lamplighter_scenes.datasets.splits import TRACES_FOR, Regime, Split, density_of
from lamplighter_scenes.rendering.appearance import diversify, dress
from lamplighter_scenes.rendering.renderer import SceneRenderer, View
from lamplighter_scenes.street import Street
from lamplighter_scenes.trace import Trace
from lamplighter_scenes.weather import draw_weather

WIDTH, HEIGHT = 640, 480
MAX_DRAWS = 40  # frames drawn and thrown away at most to meet the wanted density
RARE_SHARE = 0.22  # of the cars, turned into rarer kinds: the trace has 1 % trucks and buses


@dataclass(frozen=True, slots=True)
class Drawn:
    """A frame, and what its entry in the annotations says of it."""

    view: View
    extras: dict[str, Any]


class Painter:
    """Draws one split; what comes next depends on its random state alone."""

    def __init__(
        self, street: Street, traces: Mapping[str, Trace], split: Split, seed: int
    ) -> None:
        self._renderer = SceneRenderer(WIDTH, HEIGHT, street, seed, split.cameras)
        self._traces, self._split = traces, split
        self._rng = np.random.default_rng(seed)

    @property
    def state(self) -> dict[str, Any]:
        """The random state, as plain data; right before a restyle it is all that there is."""
        return dict(self._rng.bit_generator.state)

    def go_on_from(self, state: Mapping[str, Any]) -> None:
        """Draw as after another painter's `state`."""
        self._rng.bit_generator.state = dict(state)

    def restyle(self) -> None:
        """Other houses, trees and lamps."""
        self._renderer.restyle(int(self._rng.integers(1 << 31)))

    def close(self) -> None:
        """Frees the context."""
        self._renderer.close()

    def frame_of(self, regime: Regime, camera: Camera) -> Drawn:
        """A frame of the regime; after MAX_DRAWS the last one, labelled as what it is."""
        for _ in range(MAX_DRAWS):
            drawn = self._draw(regime, camera)
            fits = drawn.extras["density"] == regime[2] and len(drawn.view.boxes)
            if fits or self._split.trace:
                break
        return drawn

    def _draw(self, regime: Regime, camera: Camera) -> Drawn:
        rng, split = self._rng, self._split
        name = split.trace or self._any_trace(regime)
        trace = self._traces[name]
        time_s = float(rng.uniform(split.begin, split.end)) * trace.duration_s
        users = diversify(trace.at(time_s), RARE_SHARE, rng)
        things = dress(users, int(rng.integers(1 << 31)), self._renderer.shape_counts)
        place = jittered(camera, rng, split.jitter)
        sky = draw_weather(regime[0], regime[1], rng)
        view = self._renderer.view(things, place, sky, rng)
        density = density_of(len(view.boxes))
        extras = {
            "camera": camera.name,
            "light": regime[0],
            "weather": regime[1],
            "density": density,
            "regime": f"{regime[0]}-{regime[1]}-{density}",
            "trace": name,
            "time_s": round(time_s, 2),
        }
        return Drawn(view, extras)

    def _any_trace(self, regime: Regime) -> str:
        names = TRACES_FOR[regime[2]]
        return names[int(self._rng.integers(len(names)))]
