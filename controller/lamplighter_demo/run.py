"""`lamplighter demo`: the whole demo from first process to report."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.workshop.materials import shipped_folder
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.policy.choices import value_text

from lamplighter_demo.city.devices import DEVICES, TimeProfile
from lamplighter_demo.city.envelopes import remove_stale_groups
from lamplighter_demo.city.running import City, Notify, close_city, machine, stop_agents
from lamplighter_demo.city.story import Story
from lamplighter_demo.comparison import assumptions, count_assumptions
from lamplighter_demo.comparison.detections import Detections
from lamplighter_demo.comparison.device_table import device_table
from lamplighter_demo.comparison.measuring import measure_devices
from lamplighter_demo.comparison.models import Model, built_models
from lamplighter_demo.comparison.policy_replay import compare
from lamplighter_demo.comparison.replayed_counts import Footage, with_counts
from lamplighter_demo.comparison.scoring import score, truth_ap50
from lamplighter_demo.director import open_city, run_day
from lamplighter_demo.errors import DemoError
from lamplighter_demo.foreground import run_beside
from lamplighter_demo.progress import Progress, quarters
from lamplighter_demo.report.answers import noticed_s, recompressions
from lamplighter_demo.report.checks import check, summary
from lamplighter_demo.report.collecting import DeviceHistory, collect
from lamplighter_demo.report.device_report import device_report
from lamplighter_demo.report.schema import Recompression, Report, write_report
from lamplighter_demo.work_folder import work_folder

EXIT_OK, EXIT_FAILED, EXIT_MISSED, EXIT_INTERRUPTED = 0, 1, 3, 130


def run_demo(
    *,
    headless: bool,
    devices: int = len(DEVICES),
    report: Path | None = None,
    folder: Path = Path("var/demo"),
    phase_s: float = 45.0,
    objective: str = "",
) -> int:
    """Run the demo city; the exit code is 0 when it ran and showed all it should.

    `objective`: counts or detection; empty: what a controller plans for by itself.

    Exit codes: 1 a part failed (the reason is printed), 3 it ran but missed a check, 130 Ctrl-C.
    """
    progress = Progress()
    try:
        _prepare()
        with work_folder(folder) as place:
            finished = _day(place, headless, devices, phase_s, objective, progress)
    except DemoError as error:
        progress.notify(f"stopped: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        progress.notify("interrupted; everything is stopped")
        return EXIT_INTERRUPTED
    target = report or folder / "report.json"
    write_report(finished, target)
    page = f"as a page with pictures: lamplighter report {target} --html"
    for line in (*summary(finished), f"report: {target}", page):
        progress.notify(line)
    return EXIT_OK if all(finished.checks.values()) else EXIT_MISSED


def _clips() -> Path:
    """The folder of the day's clips.

    Raises:
        DemoError: it is not installed; says what to do.
    """
    try:
        return shipped_folder() / "clips"
    except SettingsError as error:
        raise DemoError(f"no clips: {error}") from error


def _prepare() -> None:
    """What it needs is there, and nothing is left over of an earlier run."""
    _clips()
    remove_stale_groups()


def _day(
    folder: Path, headless: bool, count: int, phase_s: float, objective: str, progress: Progress
) -> Report:
    began = time.monotonic()
    profile = TimeProfile(phase_s=phase_s)
    city = open_city(folder, _clips(), profile, count, progress.notify, objective)
    try:
        cut_short = _pass_day(city, headless, progress)
        stop_agents(city)
        histories = collect(city)
        answers = recompressions(city)
        models = built_models(city, folder / "models", histories.values())
    finally:
        close_city(city)
    compared: dict[str, Any] = {}
    if not cut_short:
        progress.notify("the day is over; measuring and scoring for the comparison")
        delay_s = noticed_s(answers)
        compared = _compare(city, histories, models, delay_s, objective, progress.notify)
    finished = _report(city, histories, answers, compared, objective, time.monotonic() - began)
    return _without_its_end(finished) if cut_short else finished


def _pass_day(city: City, headless: bool, progress: Progress) -> bool:
    """Let the day pass, under the eyes of the dashboard or of the log; whether it was cut short."""
    if headless:
        run_day(city, progress.notify, lambda: progress.events(city.api))
        return False
    from lamplighter_dashboard.app import dashboard_of

    story = Story(lambda: city.line)
    progress.beside = story.note
    try:
        return not run_beside(
            dashboard_of(city.api.target, story=story.told),
            lambda stop: run_day(city, story.note, _do_nothing, stop),
        )
    finally:
        progress.beside = None


def _do_nothing() -> None:
    """The dashboard reads the events itself."""


def _without_its_end(report: Report) -> Report:
    """The user has closed the dashboard before the day was over."""
    note = "the dashboard was closed before the day was over: nothing was compared"
    checks = report.checks | {"the_day_passed": False}
    return msgspec.structs.replace(report, checks=checks, notes=[*report.notes, note])


def _compare(
    city: City,
    histories: dict[str, DeviceHistory],
    models: list[Model],
    delay_s: float,
    objective: str,
    notify: Notify,
) -> dict[str, Any]:
    for_counts = _asked_for(objective) == "counts"
    costs = measure_devices(city.agents.values(), models, notify)
    cameras = sorted({device.camera for device in city.devices})
    detections = Detections(models)
    scores = score(city.clips, cameras, detections, quarters(notify, "scoring"))
    notify(f"scored every tenth frame with every variant: {detections.inferences} inferences")
    tables = [
        device_table(
            agent,
            city,
            histories[name],
            models,
            costs[name],
            scores[agent.device.camera],
            for_counts,
        )
        for name, agent in city.agents.items()
        if histories[name].telemetry and costs[name]
    ]
    compared = compare(tables, delay_s)
    notify("counting the day as each policy would have served it")
    counted = with_counts(
        compared,
        tables,
        {device.id: device.camera for device in city.devices},
        models,
        detections,
        Footage(city.clips, city.line),
        city.folder / "replay",
        for_counts=for_counts,
        told=quarters(notify, "counting"),
    )
    drawn = {"drawn_above_idle_j": _drawn_above_idle_j(city, histories)}
    if for_counts:
        return counted.as_dict() | drawn | count_assumptions.as_dict(counted.counted_days)
    return counted.as_dict() | drawn | assumptions.as_dict(assumptions.explained(tables))


def _asked_for(objective: str) -> str:
    """What plans maximised; `objective`: empty: as the controller has it."""
    return objective or value_text("objective", DEFAULTS.objective)


def _drawn_above_idle_j(city: City, histories: dict[str, DeviceHistory]) -> dict[str, float]:
    """By device, what it really drew above idle over the day: trials, second looks, tracking and
    all else in it, which the replay of points leaves out."""
    drawn = {}
    for device in city.devices:
        windows = [w for w in histories[device.id].telemetry if w.start >= city.line.day_begins]
        above_w = ((max(0.0, w.power_w - device.envelope.idle_w), w.seconds) for w in windows)
        drawn[device.id] = round(sum(watts * seconds for watts, seconds in above_w), 1)
    return drawn


def _report(
    city: City,
    histories: dict[str, DeviceHistory],
    answers: list[Recompression],
    compared: dict[str, Any],
    objective: str,
    seconds: float,
) -> Report:
    devices = [
        device_report(city, device, histories[device.id], truth_ap50(city.agents[device.id]))
        for device in city.devices
    ]
    verdict = "verdict_by_counts" if _asked_for(objective) == "counts" else "verdict"
    return Report(
        seconds=round(seconds, 1),
        machine=machine(),
        time_profile=asdict(city.profile),
        objective=_asked_for(objective),
        devices=devices,
        recompressions=answers,
        comparison=compared,
        checks=check(devices, answers, whole_city=len(devices) == len(DEVICES)),
        notes=[text for text in compared.get(verdict, []) if "does not beat" in text],
    )
