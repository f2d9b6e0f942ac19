"""What devices shall serve and were not told yet is kept, on every database."""

from collections.abc import Iterator

import pytest
from lamplighter_controller.domain.policy.release import Intent
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.pruning import HistoryKind
from lamplighter_controller.store.records import (
    DeploymentRecord,
    DeviceRecord,
    IntentRecord,
    PlanRecord,
)
from lamplighter_controller.store.sql import SqlStore
from lamplighter_wire.enums import AnswerKind
from lamplighter_wire.messages import Desired, OperatingPoint, Rung


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = SqlStore(url)
    opened.add_device(DeviceRecord(id="cam-1"))
    yield opened
    opened.close()


def plan(at: float = 1.0) -> PlanRecord:
    return PlanRecord(device="cam-1", at=at, cause="probe", variant="v1", regime="day-dry-free")


def record(variant: str = "v1") -> IntentRecord:
    rung = Rung(point=OperatingPoint(variant=variant))
    desired = Desired(device="cam-1", primary=rung, reasons=["saves energy"])
    intent = Intent(desired=desired, at=7.0, cause="probe", why="energy", kind=AnswerKind.CACHED)
    return IntentRecord(device="cam-1", intent=intent)


def test_an_intent_is_kept_with_its_plan(store: Store) -> None:
    assert store.intents(["cam-1"]) == {}
    kept = store.save_intent(plan(), record())
    assert store.intents(["cam-1", "cam-2"]) == {"cam-1": kept}
    assert store.plans("cam-1")[0].id == kept.plan
    assert (kept.intent, kept.held) == (record().intent, "")


def test_a_newer_intent_takes_its_place_and_both_plans_stay(store: Store) -> None:
    store.save_intent(plan(), record())
    newer = store.save_intent(plan(2.0), record("v2"))
    assert store.intents(["cam-1"]) == {"cam-1": newer}
    assert len(store.plans("cam-1")) == 2


def test_why_it_is_held_is_kept_with_it(store: Store) -> None:
    kept = store.save_intent(plan(), record())
    store.update_intent("cam-1", held="waits for the night", until=9.0)
    held = store.intents(["cam-1"])["cam-1"]
    assert (held.held, held.until, held.intent) == ("waits for the night", 9.0, kept.intent)


def test_what_is_ordered_is_no_longer_intended(store: Store) -> None:
    kept = store.save_intent(plan(), record())
    order = DeploymentRecord(device="cam-1", revision=1, plan=0, variant="v1", at=2.0)
    saved = store.save_desired(kept.plan, order, b"envelope")
    assert saved.plan == kept.plan
    assert store.intents(["cam-1"]) == {}
    assert store.device("cam-1").desired == b"envelope"
    assert len(store.plans("cam-1")) == 1


def test_an_order_of_another_plan_leaves_what_is_intended(store: Store) -> None:
    kept = store.save_intent(plan(), record())
    order = DeploymentRecord(device="cam-1", revision=1, plan=0, variant="v0", at=2.0)
    store.save_desired(plan(2.0), order, b"renewed")
    assert store.intents(["cam-1"]) == {"cam-1": kept}


def test_what_is_withdrawn_is_gone(store: Store) -> None:
    store.save_intent(plan(), record())
    store.delete_intent("cam-1")
    assert store.intents(["cam-1"]) == {}


def test_a_plan_stays_while_it_is_intended(store: Store) -> None:
    kept = store.save_intent(plan(), record())
    store.prune_history(HistoryKind.PLANS, 100.0, None, 10)
    assert [p.id for p in store.plans("cam-1")] == [kept.plan]
    store.delete_intent("cam-1")
    store.prune_history(HistoryKind.PLANS, 100.0, None, 10)
    assert store.plans("cam-1") == []
