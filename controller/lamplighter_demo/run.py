"""`lamplighter demo`: the whole demo from first process to report."""

import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lamplighter_demo import comparison as versus
from lamplighter_demo.api import DemoError
from lamplighter_demo.checks import check, summary
from lamplighter_demo.collecting import Collected, collect, device_report, noticed_s, recompressions
from lamplighter_demo.devices import DEVICES, TimeProfile
from lamplighter_demo.director import City, close_city, machine, open_city, run_day, stop_agents
from lamplighter_demo.envelopes import remove_stale_groups
from lamplighter_demo.policy_replay import compare
from lamplighter_demo.progress import Progress
from lamplighter_demo.report import Recompression, Report, write_report
from lamplighter_demo.scoring import Model, measure_devices, score

CLIPS = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "clips"
EXIT_OK, EXIT_FAILED, EXIT_MISSED, EXIT_INTERRUPTED = 0, 1, 3, 130


def run_demo(
    *,
    headless: bool,
    devices: int = len(DEVICES),
    report: Path | None = None,
    folder: Path = Path("var/demo"),
    phase_s: float = 45.0,
) -> int:
    """Run the demo city; the exit code is 0 when it ran and showed all it should.

    Exit codes: 1 a part failed (the reason is printed), 3 it ran but missed a check.
    """
    progress = Progress()
    if not any(CLIPS.glob("*.mp4")):
        progress.say(f"no clips in {CLIPS}: the demo runs from a checkout of the repository")
        return EXIT_FAILED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    remove_stale_groups()
    # A terminated demo takes its processes and limits along, as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        written = _day(folder.resolve(), headless, devices, phase_s, progress)
    except DemoError as error:
        progress.say(f"stopped: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        progress.say("interrupted; everything is stopped")
        return EXIT_INTERRUPTED
    target = report or folder / "report.json"
    write_report(written, target)
    for line in summary(written):
        progress.say(line)
    progress.say(f"report: {target}")
    return EXIT_OK if all(written.checks.values()) else EXIT_MISSED


def _day(folder: Path, headless: bool, count: int, phase_s: float, progress: Progress) -> Report:
    began = time.monotonic()
    profile = TimeProfile(phase_s=phase_s)
    city = open_city(folder, CLIPS, profile, count, progress.say)
    try:
        if headless:
            run_day(city, progress.say, lambda: progress.events(city.api))
        else:
            _with_dashboard(city)
        stop_agents(city)
        found = collect(city)
        answers = recompressions(city)
        models = versus.built_models(city, folder / "models", found)
    finally:
        close_city(city)
    progress.say("the day is over; measuring and scoring for the comparison")
    compared = _compare(city, found, models, noticed_s(answers), progress.say)
    return _report(city, found, answers, compared, time.monotonic() - began)


def _with_dashboard(city: City) -> None:
    """The fleet view in the foreground while the day passes in a thread."""
    from lamplighter_controller.dashboard.app import Dashboard
    from lamplighter_controller.dashboard.client import FleetClient

    app = Dashboard(FleetClient(city.api.url, city.api.token))
    failure: list[BaseException] = []

    def pass_day() -> None:
        try:
            run_day(city, lambda _: None, lambda: None)
        except DemoError as error:
            failure.append(error)
        finally:
            app.call_from_thread(app.exit)

    day = threading.Thread(target=pass_day, daemon=True)
    day.start()
    app.run()
    if failure:
        raise failure[0]
    if day.is_alive():
        raise DemoError("ended by the user before the day was over")


def _compare(
    city: City,
    found: dict[str, Collected],
    models: list[Model],
    delay_s: float,
    say: Callable[[str], None],
) -> dict[str, Any]:
    measured = measure_devices(city.agents.values(), models, say)
    cameras = sorted({device.camera for device in city.devices})
    scores = score(city.clips, cameras, models)
    say("scored every tenth frame with every variant")
    tables = [
        versus.device_table(
            agent, city, found[name], models, measured[name], scores[agent.device.camera]
        )
        for name, agent in city.agents.items()
        if found[name].telemetry and measured[name]
    ]
    return compare(tables, delay_s).as_dict()


def _report(
    city: City,
    found: dict[str, Collected],
    answers: list[Recompression],
    compared: dict[str, Any],
    seconds: float,
) -> Report:
    devices = [
        device_report(city, device, found[device.id], versus.truth_ap50(city.agents[device.id]))
        for device in city.devices
    ]
    return Report(
        seconds=round(seconds, 1),
        machine=machine(),
        time_profile=asdict(city.profile),
        devices=devices,
        recompressions=answers,
        comparison=compared,
        checks=check(devices, answers, whole_city=len(devices) == len(DEVICES)),
        notes=[text for text in compared.get("verdict", []) if "does not beat" in text],
    )
