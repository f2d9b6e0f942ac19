"""What a soak says is what was counted."""

import json
from pathlib import Path

import pytest
from lamplighter_agent.link.outbox import Outbox

from tests.soak.ledger import Account, account, keep_ledger, waiting
from tests.soak.verdict import converged, flat, longest_gap, nothing_lost
from tests.soak.watching import Life, Sample

MIB = 2**20


def test_an_outbox_with_a_ledger_is_the_agents_own(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    keep_ledger(path)
    outbox = Outbox(path)
    first, second = (outbox.put("event", json.dumps(n).encode()) for n in (1, 2))
    outbox.ack(first)
    assert waiting(path) == 1
    outbox.close()
    keep_ledger(path)  # again, as after another run
    assert second > first


@pytest.mark.parametrize(
    ("said", "still", "held", "lost", "doubled"),
    [
        ([1, 2, 3], {3}, [1, 2], (), ()),
        ([1, 2, 3], set(), [1, 3], (2,), ()),
        ([1, 2], set(), [1, 1, 2, 9], (), (1,)),
    ],
)
def test_what_is_neither_held_nor_waiting_is_lost(
    said: list[int], still: set[int], held: list[int], lost: tuple[int], doubled: tuple[int]
) -> None:
    assert account(said, still, held) == Account(len(said), lost, doubled)


def test_a_device_that_said_nothing_has_kept_no_promise() -> None:
    told = {"cam": {"event": Account(0, (), ()), "telemetry": Account(5, (), ())}}
    assert [check.kept for check in nothing_lost(told)] == [False, True]


@pytest.mark.parametrize(("grown_by", "kept"), [(0, True), (10 * MIB, True), (60 * MIB, False)])
def test_growth_is_seen(grown_by: int, kept: bool) -> None:
    life = Life("controller", 0.0)
    for age_s in range(0, 600, 5):
        memory = 200 * MIB + grown_by * (age_s > 350)
        life.samples.append(Sample(float(age_s), memory, 40, 12))
    memory_check = next(iter(flat([life])))
    assert memory_check.kept is kept


def test_a_short_life_says_nothing() -> None:
    life = Life("cam", 0.0, [Sample(float(age), 0, 0, 0) for age in range(0, 200, 5)])
    assert not list(flat([life]))


def test_convergence_needs_all_three() -> None:
    good = {"online": True, "variant": "v", "waiting": 0}
    shown = {"a": good, "b": good | {"online": False}, "c": good | {"waiting": 7}}
    assert [check.kept for check in converged(shown)] == [True, False, False]


def test_longest_gap() -> None:
    assert longest_gap([1.0, 1.5, 4.0, 4.25]) == 2.5
    assert longest_gap([]) == 0.0
