"""`lamplighter demo --scenario rollout`: from the first process to the report."""

import time
from pathlib import Path

from lamplighter_controller.workshop.materials import shipped_folder
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.files import write_atomically

from lamplighter_demo.city.envelopes import remove_stale_groups
from lamplighter_demo.city.running import machine
from lamplighter_demo.errors import DemoError
from lamplighter_demo.progress import Progress
from lamplighter_demo.rollout.acts import bring_bad, bring_good, steal
from lamplighter_demo.rollout.checks import check, page, summary
from lamplighter_demo.rollout.schema import RolloutReport, write_report
from lamplighter_demo.rollout.served_figures import compare, figures_of
from lamplighter_demo.rollout.stage import Stage, close_stage, open_stage
from lamplighter_demo.work_folder import work_folder

EXIT_OK, EXIT_FAILED, EXIT_MISSED, EXIT_INTERRUPTED = 0, 1, 3, 130
# So long everything is measured before anything changes, and again in the end; real agents tell
# a window every three seconds.
MEASURED_S = 24.0
WINDOWS = 8


def run_rollout(
    *,
    real: int,
    simulated: int,
    report: Path | None = None,
    folder: Path = Path("var/demo"),
    patience_s: float = 900.0,
) -> int:
    """Play the scenario; the exit code is 0 when it ran and showed all that it should.

    Exit codes: 1 a part failed (the reason is printed), 3 it ran but missed a check, 130 Ctrl-C.
    """
    progress = Progress()
    try:
        remove_stale_groups()
        with work_folder(folder) as place:
            finished = _play(place, real, simulated, patience_s, progress)
    except (DemoError, SettingsError) as error:
        progress.notify(f"stopped: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        progress.notify("interrupted; everything is stopped")
        return EXIT_INTERRUPTED
    target = report or folder / "report.json"
    write_report(finished, target)
    write_atomically(target.with_suffix(".md"), [page(finished).encode()])
    for line in (*summary(finished), f"report: {target} and {target.with_suffix('.md').name}"):
        progress.notify(line)
    return EXIT_OK if all(finished.checks.values()) else EXIT_MISSED


def _play(
    folder: Path, real: int, simulated: int, patience_s: float, progress: Progress
) -> RolloutReport:
    began = time.monotonic()
    clips = shipped_folder() / "clips"
    stage = open_stage(folder, clips, real, simulated, patience_s, progress.notify)
    try:
        return _acts(stage, real, simulated, patience_s, began)
    finally:
        close_stage(stage)


def _acts(
    stage: Stage, real: int, simulated: int, patience_s: float, began: float
) -> RolloutReport:
    _measure(stage)
    before = {name: figures_of(told) for name, told in stage.windows(WINDOWS).items()}
    good, kill = bring_good(stage, patience_s)
    theft = steal(stage)
    bad, back = bring_bad(stage, patience_s)
    _measure(stage)
    after = {name: figures_of(told) for name, told in stage.windows(WINDOWS).items()}
    before.pop(theft.device)
    service = compare(before, after, list(stage.city.agents), stage.control)
    return RolloutReport(
        seconds=round(time.monotonic() - began, 1),
        machine=machine(),
        real_devices=real,
        simulated_devices=simulated,
        setup_s=stage.setup_s,
        good=good,
        kill=kill,
        theft=theft,
        bad=bad,
        bad_return=back,
        service=service,
        checks=check(good, kill, theft, bad, back, service),
        notes=stage.notes,
    )


def _measure(stage: Stage) -> None:
    stage.notify(f"everything is measured for {MEASURED_S:.0f} s")
    began = time.monotonic()
    stage.wait("nothing", lambda: time.monotonic() - began > MEASURED_S, MEASURED_S + 1)
