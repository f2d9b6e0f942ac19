"""What the recompression benchmark reads out of the answers."""

from lamplighter_demo.recompression_bench import clock_of, newest_answer, percentiles


def answer(kind: str, began_at: float, **seconds: float) -> dict[str, object]:
    return {"kind": kind, "began_at": began_at, "seconds": seconds}


def test_an_answer_that_serves_is_told_before_one_that_was_refused() -> None:
    refused = answer("rebuilt", 10.0, detected=1.0, built=2.0)
    served = answer("rebuilt", 10.0, detected=1.0, built=4.0, serving=6.0)
    assert newest_answer([served, refused]) == served
    assert newest_answer([refused]) == refused
    assert newest_answer([]) is None


def test_clocks_run_from_the_cut_of_the_footage() -> None:
    served = answer("rebuilt", 103.5, detected=1.25, serving=6.5)
    assert clock_of(served, "detected", 100.0) == 4.75
    assert clock_of(served, "serving", 100.0) == 10.0
    assert clock_of(served, "built", 100.0) is None
    assert clock_of(None, "serving", 100.0) is None


def test_percentiles_of_no_runs_are_empty() -> None:
    assert percentiles([]) == {}
    assert percentiles([4.0]) == {"p50_s": 4.0, "p95_s": 4.0}
