"""The demo's rollouts on a controller's own process, killed in mid-wave, and a real broker.

Simulated devices speak the wire as real ones do; `lamplighter demo --scenario rollout` has real
agents among them.
"""

from pathlib import Path

import msgspec
import pytest
from lamplighter_demo.rollout.run import EXIT_OK, run_rollout
from lamplighter_demo.rollout.schema import RolloutReport

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.broker, pytest.mark.torch]


@pytest.mark.timeout(900)
def test_a_fleet_comes_through_two_rollouts_a_kill_and_a_theft(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    code = run_rollout(real=0, simulated=60, report=file, folder=tmp_path / "demo")
    found = msgspec.json.decode(file.read_bytes(), type=RolloutReport)
    assert code == EXIT_OK, [name for name, is_met in found.checks.items() if not is_met]
    assert {"no_step_was_taken_twice", "went_on_after_the_kill"} <= set(found.checks)
