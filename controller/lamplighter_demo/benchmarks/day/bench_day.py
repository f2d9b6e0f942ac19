"""`lamplighter bench day`: what a day's counts cost, and what each factor saves of it.

Six devices look at streets of two cities for 24 hours. Each hour is a clip that the agent's own
serve loop serves, as fast as this machine can; energy is processor time of network and gate above
idle by the watts of a busy core.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.count_figures import known_counts
from lamplighter_scenes.clips import load_truth
from lamplighter_scenes.footage.day_footage import HOURS
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.runtimes import BASE_RUNTIME
from lamplighter_wire.street.count_error import CountError

from lamplighter_demo.benchmarks.day.arms import (
    ARMS,
    FIXED,
    SIZES,
    CostsMs,
    Errors,
    Known,
    Setting,
    candidates,
    equal,
    settings_of,
)
from lamplighter_demo.benchmarks.day.bench_gate import ASKED
from lamplighter_demo.benchmarks.day.day_devices import (
    DAY_DEVICES,
    FLOATS,
    FULL,
    HALF,
    RECIPES,
    SITE,
    DayDevice,
    city_of,
)
from lamplighter_demo.benchmarks.day.day_rows import DayRow, ServedHour, day_row
from lamplighter_demo.benchmarks.day.frame_costs import frame_costs_ms
from lamplighter_demo.benchmarks.day.moving_limits import (
    BOUND_ARMS,
    bound_hours,
    fixed_hours,
)
from lamplighter_demo.benchmarks.day.networks import Network, build_networks
from lamplighter_demo.benchmarks.day.site_networks import (
    SiteMade,
    Workplace,
    make_site,
    site_networks,
)
from lamplighter_demo.benchmarks.day.street_replays import NEVER, StreetReplays, street_replays
from lamplighter_demo.errors import DemoError

REPORT = "day.json"
AT_ONCE = 2

Notify = Callable[[str], None]
Networks = Mapping[tuple[str, str], Network]  # network and way


class SiteCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a camera's own parent took of the controller, and whether it was kept."""

    camera: str
    kept: bool
    seconds: float
    agreement: tuple[float, float]


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the bench. `costs_ms`: "network way size" -> processor time of a frame; `bound`: of
    the day on which limits move."""

    rows: list[DayRow]
    bound: list[DayRow]
    sites: list[SiteCost]
    costs_ms: dict[str, float]


@dataclass(frozen=True)
class DayBench:
    """What a run needs. `clips`: folders in which the day's clips lie."""

    recipes: Mapping[str, Recipe]
    place: Workplace
    clips: Sequence[Path]
    notify: Notify
    devices: Sequence[DayDevice] = field(default=DAY_DEVICES)

    def clip(self, camera: str, phase: str) -> Path:
        """A clip of the day.

        Raises:
            DemoError: it is in none of the folders.
        """
        for folder in self.clips:
            path = folder / f"{camera}-{phase}.mp4"
            if path.exists():
                return path.resolve()
        raise DemoError(
            f"there is no {camera}-{phase}.mp4: make it by `lamplighter scenes footage day DIR`,"
            " and name DIR and the folder of the shipped clips"
        )


def bench_day(bench: DayBench) -> DayFigures:
    """Build, specialise, measure and serve; what an interrupted run has done is kept.

    Raises:
        DemoError: a clip is missing, or the agent's program fails.
        RecipesError: a recipe, the weights or pictures cannot be used.
    """
    cameras = list(dict.fromkeys(device.camera for device in bench.devices))
    for camera in cameras:  # before anything takes time
        for phase in set(HOURS[city_of(camera)]):
            bench.clip(camera, phase)
    out, notify = bench.place.out, bench.notify
    names = {recipe: bench.recipes[recipe] for recipe in RECIPES.values()}
    city = _as_planned(build_networks(names, bench.place.materials, out, lambda *_: None))
    first = bench.clip(cameras[0], HOURS[city_of(cameras[0])][0])
    costs_ms = _costs(frame_costs_ms(city, SIZES, first, notify))
    errors = _errors(bench)
    made = {camera: make_site(camera, bench.place, notify) for camera in cameras}
    networks = {one.id: _networks(bench, one, city, made[one.camera]) for one in bench.devices}
    days = [_CameraDay(bench, camera, networks, costs_ms, errors) for camera in cameras]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = [row for some in pool.map(lambda day: day.rows(), days) for row in some]
        bound = [row for some in pool.map(lambda day: day.bound_rows(), days) for row in some]
    order = [device.id for device in bench.devices]
    figures = DayFigures(
        rows=sorted(rows, key=lambda row: order.index(row.device)),
        bound=sorted(bound, key=lambda row: order.index(row.device)),
        sites=[_site_cost(camera, made[camera]) for camera in cameras],
        costs_ms={" ".join(key): round(value, 3) for key, value in costs_ms.items()},
    )
    write_atomically(out / REPORT, [msgspec.json.format(msgspec.json.encode(figures))])
    return figures


def _as_planned(city: Mapping[str, Network]) -> dict[str, Network]:
    """Those in 8 bits count by the scores of the one whose counts were measured, as in plans."""
    measured = {
        RECIPES[network, way]: RECIPES[network, BASE_RUNTIME]
        for network, way in RECIPES
        if way != FLOATS
    }
    return {
        name: replace(network, thresholds=city[measured.get(name, name)].thresholds)
        for name, network in city.items()
    }


def _site_cost(camera: str, made: SiteMade) -> SiteCost:
    gain = made.result.agreement
    return SiteCost(
        camera=camera,
        kept=made.result.kept,
        seconds=made.seconds,
        agreement=(gain.before, gain.after),
    )


def _costs(measured: Mapping[tuple[str, str], float]) -> dict[tuple[str, str, str], float]:
    """By network, way and size; the site's network has the layers of the half one."""
    costs = {}
    for (network, way), recipe in RECIPES.items():
        for size in SIZES:
            costs[network, way, size] = measured[recipe, size]
            if network == HALF:
                costs[SITE, way, size] = measured[recipe, size]
    return costs


def _errors(bench: DayBench) -> Errors:
    """What the catalogue expects of counts, of its plain recipes.

    Raises:
        DemoError: they were never measured.
    """
    known = known_counts(bench.place.materials.weights_dir)
    errors: dict[tuple[str, str], Mapping[str, Sequence[CountError]]] = {}
    for network, recipe in ((FULL, "int8-full"), (HALF, "int8-p50")):
        of_recipe = [one for name, one in known.items() if name.startswith(f"{recipe}-")]
        if not of_recipe:
            raise DemoError(f"no counts of {recipe} are known: `bench counting --keep` keeps them")
        errors |= {(network, size): of_recipe[0].errors[size] for size in SIZES}
    return errors


def _networks(
    bench: DayBench, device: DayDevice, city: Mapping[str, Network], made: SiteMade
) -> Networks:
    """The city's, and the site's in the ways of the device."""
    names = {RECIPES[HALF, way]: bench.recipes[RECIPES[HALF, way]] for way in device.ways}
    scores = {name: city[name].thresholds for name in names}
    bench.notify(f"{device.id}: networks of its site")
    own = site_networks(device.camera, made, list(names.values()), scores, bench.place)
    at_site = {
        (SITE, way): own[RECIPES[HALF, way]] for way in device.ways if RECIPES[HALF, way] in own
    }
    return {key: city[recipe] for key, recipe in RECIPES.items()} | at_site


@dataclass(frozen=True)
class _CameraDay:
    """The devices behind a camera: they share what is served of its clips."""

    bench: DayBench
    camera: str
    networks: Mapping[str, Networks]  # by device
    costs_ms: CostsMs
    errors: Errors

    def rows(self) -> list[DayRow]:
        """Of each device and arm."""
        with street_replays(self.bench.place.out / "replays") as device:
            return [
                row
                for one in self.bench.devices
                if one.camera == self.camera
                for row in self._rows_of(one, self.networks[one.id], device)
            ]

    def bound_rows(self) -> list[DayRow]:
        """Of each device and arm, on the day on which limits move."""
        with street_replays(self.bench.place.out / "replays") as replays:
            return [
                row
                for one in self.bench.devices
                if one.camera == self.camera
                for row in self._bound_rows_of(one, self.networks[one.id], replays)
            ]

    def _rows_of(
        self, device: DayDevice, networks: Networks, replays: StreetReplays
    ) -> Iterator[DayRow]:
        days = {one: [one] * len(self._clips()) for one in candidates(device)}
        fixed = self._best_fixed(device, networks, replays, days)
        known = Known(self.costs_ms, self.errors, (SITE, device.base) in networks)
        regimes = self._regimes()
        for arm in ARMS:
            self.bench.notify(f"{device.id}: {arm}")
            chosen = settings_of(arm, device, fixed, known, sorted(set(regimes)))
            served = [chosen[regime] for regime in regimes]
            yield self._row(device, arm, served, networks, replays)

    def _bound_rows_of(
        self, device: DayDevice, networks: Networks, replays: StreetReplays
    ) -> Iterator[DayRow]:
        known = Known(self.costs_ms, self.errors, has_site=False)
        days = {one: fixed_hours(device, one, self.costs_ms) for one in candidates(device)}
        fixed = self._best_fixed(device, networks, replays, days)
        for arm in BOUND_ARMS:
            self.bench.notify(f"{device.id}, limits that move: {arm}")
            served = bound_hours(arm, device, fixed, known, self._regimes())
            yield self._row(device, arm, served, networks, replays)

    def _best_fixed(
        self,
        device: DayDevice,
        networks: Networks,
        replays: StreetReplays,
        days: Mapping[Setting, Sequence[Setting]],
    ) -> Setting:
        """In hindsight: the least error, and of what is within a point of it the least energy.
        `days`: fixed choice -> what it serves by hour."""
        rows = {
            one: self._row(device, FIXED, served, networks, replays) for one, served in days.items()
        }
        least = min(row.error for row in rows.values())
        near = [one for one, row in rows.items() if row.error <= least + equal()]
        return min(near, key=lambda one: rows[one].joules)

    def _row(
        self,
        device: DayDevice,
        arm: str,
        settings: Sequence[Setting],
        networks: Networks,
        replays: StreetReplays,
    ) -> DayRow:
        """`settings`: of each hour."""
        hours = [
            self._hour(clip, setting, networks, replays)
            for clip, setting in zip(self._clips(), settings, strict=True)
        ]
        watts = device.hardware.envelope.active_w_per_core
        return day_row(device.id, self.camera, arm, hours, self.costs_ms, watts)

    def _hour(
        self, clip: Path, setting: Setting, networks: Networks, replays: StreetReplays
    ) -> ServedHour:
        served = replays.serve(
            clip,
            networks[setting.network, setting.way],
            setting.size,
            setting.fps,
            ASKED if setting.rests else NEVER,
        )
        regime = load_truth(clip)["regime"]
        return ServedHour(clip=clip.stem, regime=regime, setting=setting, served=served)

    def _regimes(self) -> list[str]:
        """Of each hour."""
        return [load_truth(clip)["regime"] for clip in self._clips()]

    def _clips(self) -> list[Path]:
        """Of each hour."""
        return [self.bench.clip(self.camera, phase) for phase in HOURS[city_of(self.camera)]]
