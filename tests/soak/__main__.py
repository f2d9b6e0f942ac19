"""Half an hour with kills, a bad link, a bad clock and a hostile device: what is lost, what grows.

    python -m tests.soak [--minutes 30] [--seed 1] [--folder var/soak]

Needs root, Debian's iproute2 and iptables, and a C compiler. Exit code 3: a promise was not kept.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import ClientError
from lamplighter_client.target import find_controller
from lamplighter_demo.city.running import API_TIMEOUT_S
from lamplighter_demo.work_folder import work_folder

from tests.soak.fleet import CLOCKLESS, LOSS, RATE_MBIT, STEADY, Fleet, running_fleet
from tests.soak.killer import Killer
from tests.soak.ledger import accounts, waiting
from tests.soak.verdict import Check, converged, flat, longest_gap, nothing_lost
from tests.soak.watching import Watcher

EXIT_KEPT, EXIT_MISSED = 0, 3
DAY_S = 86_400.0
# From a part of the time on, how wrong the clock is: at 1970, right, ahead, behind, right.
CLOCK = ((0.0, -1.79e9), (0.2, 0.0), (0.4, 20 * DAY_S), (0.6, -9 * 3600.0), (0.8, 0.0))
SETTLE_S = 180.0
TICK_S = 5.0


def main() -> int:
    """Run it and write report.json beside the logs."""
    asked = _arguments()
    seconds = asked.minutes * 60.0
    with work_folder(asked.folder) as folder, running_fleet(folder, asked.seed, seconds) as fleet:
        watcher, killer = Watcher(fleet.processes), Killer(fleet, asked.seed)
        fleet.clock.set(CLOCK[0][1])
        fleet.start()
        watcher.start()
        killer.start()
        _pass_time(fleet, killer, seconds)
        killer.stop()
        fleet.stop_hostile()
        devices = _settled(fleet)
        watcher.stop()
        checks = [*converged(devices), *flat(watcher.lives), *_ended(fleet)]
        figures = {
            "minutes": asked.minutes,
            "seed": asked.seed,
            "link": f"{RATE_MBIT:g} Mbit/s, {LOSS:.0%} lost each way",
            "kills": dict(killer.kills),
            "lives": len(watcher.lives),
        }
    return _tell(checks, figures, asked.folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("var/soak"))
    return parser.parse_args()


def _pass_time(fleet: Fleet, killer: Killer, seconds: float) -> None:
    began, steps = time.monotonic(), list(CLOCK)
    while (passed := time.monotonic() - began) < seconds:
        while steps and passed >= steps[0][0] * seconds:
            wrong_s = steps.pop(0)[1]
            fleet.clock.set(wrong_s)
            print(
                f"{passed:5.0f} s  the clock of {CLOCKLESS} is {wrong_s:+.0f} s wrong", flush=True
            )
        kills = ", ".join(f"{name} {count}" for name, count in sorted(killer.kills.items()))
        print(f"\r{passed:5.0f} s  killed: {kills or 'nobody yet'}", end="", flush=True)
        time.sleep(TICK_S)
    print()


def _settled(fleet: Fleet) -> dict[str, dict[str, Any]]:
    """The devices once all has arrived, or when patience has ended."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        shown = _shown(fleet)
        if time.monotonic() > deadline or (shown and all(c.kept for c in converged(shown))):
            return shown
        time.sleep(1.0)


def _shown(fleet: Fleet) -> dict[str, dict[str, Any]]:
    found = {}
    try:
        with Client(find_controller(fleet.city.folder / "controller"), API_TIMEOUT_S) as api:
            for name in fleet.good:
                device = api.send(endpoints.device(name))
                serving = device.reported.serving.variant if device.reported else ""
                few = waiting(fleet.outbox(name))
                # A window a second is said; so many are always under way.
                found[name] = {"online": device.online, "variant": serving, "waiting": few // 8}
    except (ClientError, OSError) as error:
        print(f"the controller does not answer yet: {error}")
    return found


def _ended(fleet: Fleet) -> Iterable[Check]:
    """What can be counted when nobody speaks any more."""
    for agent in fleet.good.values():
        agent.stop()
    time.sleep(TICK_S)
    fleet.city.controller.stop()
    told = {name: accounts(fleet.outbox(name), fleet.database, name) for name in sorted(fleet.good)}
    yield from nothing_lost(told)
    lines = fleet.city.agents[STEADY].detections.read_text(errors="replace").splitlines()
    gap_s = longest_gap([json.loads(line)["at"] for line in lines if line.endswith("}")])
    yield Check(f"{STEADY} serves on", gap_s < 3.0, f"longest gap {gap_s:.2f} s")
    log = fleet.city.controller.log.read_text(errors="replace")
    count = log.count("Traceback")
    size = f"{len(log) / 2**20:.1f} MiB of log"
    yield Check("no traceback at the controller", count == 0, f"{count} in {size}")


def _tell(checks: list[Check], figures: dict[str, Any], folder: Path) -> int:
    for check in checks:
        print(f"{'kept' if check.kept else 'MISS'}  {check.name}: {check.figures}")
    report = figures | {"checks": [asdict(check) for check in checks]}
    (folder / "soak.json").write_text(json.dumps(report, indent=2))
    print(json.dumps(figures))
    return EXIT_KEPT if all(check.kept for check in checks) else EXIT_MISSED


if __name__ == "__main__":
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    sys.exit(main())
