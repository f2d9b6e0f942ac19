"""Lists that name a variant say what that is worth, and on what that rests."""

from lamplighter_cli.columns import named_variant_columns, plan_change_columns
from lamplighter_client.documents import PlanChange, Variant

VARIANTS = [
    Variant(
        id="int8-p50",
        expected_ap50={"384x288": {"day": 0.8, "night": 0.7}, "512x384": {"day": 0.9}},
        measured_on="renders",
    )
]


def test_a_variant_has_its_size_and_accuracy_beside_it() -> None:
    columns = named_variant_columns(VARIANTS, lambda name: name)
    assert [column.cell("int8-p50") for column in columns] == [
        "384x288",
        0.75,
        "on rendered streets",
    ]
    assert [column.cell("a model") for column in columns] == [None] * 3


def test_points_of_a_preview_have_the_accuracy_of_their_size() -> None:
    change = PlanChange(device="cam-1", before="", after="int8-p50@512x384, at most 4 frames/s")
    shown = [column.cell(change) for column in plan_change_columns(VARIANTS)]
    assert shown == ["cam-1", "", "", change.after, "0.900 on rendered streets"]
