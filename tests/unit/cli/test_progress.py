"""How much of some parts is done, and how long the rest takes."""

import pytest
from lamplighter_cli.progress import AGAIN_S, PartsProgress, left_words


@pytest.mark.parametrize(
    ("elapsed_s", "share", "words"),
    [
        (1.0, 0.01, ""),
        (60.0, 0.5, "about 60 s left"),
        (1.0, 0.9, "about 5 s left"),
        (300.0, 0.25, "about 15 min left"),
        (3600.0, 0.1, "about 9.0 h left"),
        (60.0, 1.0, ""),
    ],
)
def test_what_is_left_follows_from_what_has_passed(
    elapsed_s: float, share: float, words: str
) -> None:
    assert left_words(elapsed_s, share) == words


def test_parts_are_told_of_as_they_pass_and_not_too_often() -> None:
    now, said = [0.0], list[str]()
    progress = PartsProgress(2, said.append, lambda: now[0])
    build = progress.within("build a", 0.0, 0.8)
    build(0.0, "prepare")
    now[0] = 40.0
    build(0.5, "evaluate")
    now[0] += AGAIN_S - 1.0
    build(0.6, "evaluate")
    now[0] += 2.0
    build(0.7, "evaluate")
    progress.part_done()
    now[0] = 100.0
    progress.within("measure b", 0.8, 1.0)(0.5, "at 96x96")
    assert said == [
        "  0% build a: prepare",
        " 20% build a: evaluate, about 3 min left",
        " 28% build a: evaluate, about 2 min left",
        " 95% measure b: at 96x96, about 5 s left",
    ]
