"""The benchmarks' figures."""

from lamplighter_demo.benchmarks.percentiles import percentiles


def test_percentiles_of_no_runs_are_empty() -> None:
    assert percentiles([]) == {}
    assert percentiles([4.0]) == {"p50_s": 4.0, "p95_s": 4.0}
