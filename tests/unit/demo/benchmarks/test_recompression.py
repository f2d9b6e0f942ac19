"""What the recompression benchmark reads out of the answers."""

from lamplighter_client.documents import Clocks, Recompression
from lamplighter_demo.benchmarks.recompression import clocks_from, newest_answer


def answer(began_at: float, **seconds: float) -> Recompression:
    return Recompression(kind="rebuilt", began_at=began_at, seconds=Clocks(**seconds))


def test_an_answer_that_serves_is_told_before_one_that_was_refused() -> None:
    refused = answer(10.0, detected=1.0, built=2.0)
    served = answer(10.0, detected=1.0, built=4.0, serving=6.0)
    assert newest_answer([served, refused]) is served
    assert newest_answer([refused]) is refused
    assert newest_answer([]) is None


def test_the_last_of_several_that_serve_counts() -> None:
    first, last = answer(10.0, serving=5.0), answer(12.0, serving=6.0)
    assert newest_answer([first, last]) is last


def test_clocks_run_from_the_cut_of_the_footage() -> None:
    clocks = clocks_from(answer(103.5, detected=1.25, serving=6.5), 100.0)
    assert clocks == {"detected": 4.75, "built": None, "delivered": None, "serving": 10.0}
