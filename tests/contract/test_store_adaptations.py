"""Answers to shifts and breaches."""

import msgspec
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    DeviceRecord,
    RecompressionRecord,
)
from lamplighter_wire.messages import (
    OperatingPoint,
)

SIZES = [(384, 288), (512, 384)]


def test_recompressions(store: Store, device: DeviceRecord) -> None:
    added = store.add_recompression(
        RecompressionRecord(device="cam-1", at=1.0, trigger="shift", seconds={"detected": 0.5})
    )
    assert (added.from_point, added.to_point) == (None, None)
    small, large = (OperatingPoint(variant="v1", width=w, height=h) for w, h in SIZES)
    changed = msgspec.structs.replace(
        added,
        kind="cached",
        justified=True,
        reasons=["gain"],
        from_point=small,
        to_point=large,
        fps_demand=4.5,
    )
    store.update_recompression(changed)
    assert store.recompressions() == store.recompressions("cam-1") == [changed]
    assert store.recompressions("cam-2") == []
    assert store.recompression(changed.id) == changed
    assert store.recompression(changed.id + 1) is None


def test_an_answer_is_found_by_its_revision(store: Store, device: DeviceRecord) -> None:
    first, second = (
        store.add_recompression(
            RecompressionRecord(device="cam-1", at=1.0, trigger="shift", revision=revision)
        )
        for revision in (0, 3)
    )
    assert store.recompression_of("cam-1", 3) == second
    assert store.recompression_of("cam-1", first.revision) is None, "it has none yet"
    assert store.recompression_of("cam-2", 3) is None


def test_answers_page_by_page(store: Store, device: DeviceRecord) -> None:
    kinds = ("", "none", "ladder", "cached")
    numbers = [
        store.add_recompression(
            RecompressionRecord(device="cam-1", at=1.0, trigger="shift", kind=kind)
        ).id
        for kind in kinds
    ]
    rest = store.recompressions(after=numbers[0], limit=2)
    assert [answer.id for answer in rest] == numbers[1:3]
    told = store.recompressions("cam-1", without=("", "none"))
    assert [answer.kind for answer in told] == ["ladder", "cached"]
