"""What the onboarding benchmark reads out of a report."""

from lamplighter_demo.benchmarks.onboarding import first_clocks
from lamplighter_wire.messages import Reported


def test_the_first_time_of_a_phase_counts() -> None:
    phases = [("FETCHING", 101.0), ("PROBATION", 104.0), ("FETCHING", 110.0)]
    assert first_clocks(Reported(phases=phases), 100.0) == {"FETCHING": 1.0, "PROBATION": 4.0}
    assert first_clocks(None, 100.0) == {}
