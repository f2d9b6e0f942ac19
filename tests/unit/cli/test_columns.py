"""What the listings show."""

from lamplighter_cli.columns import VARIANT_COLUMNS
from lamplighter_client.documents import Variant


def shown(variant: Variant) -> dict[str, object]:
    return {column.title: column.cell(variant) for column in VARIANT_COLUMNS}


def test_a_variant_is_listed_at_the_common_size_or_at_one_of_its_own() -> None:
    common = Variant(expected_ap50={"256x192": {"day": 0.4}, "384x288": {"day": 0.6}})
    other = Variant(expected_ap50={"224x224": {"day": 0.9}}, class_map50={"224x224": {"day": 0.8}})
    assert (shown(common)["AT"], shown(common)["ACCURACY"]) == ("384x288", 0.6)
    assert (shown(other)["AT"], shown(other)["ACCURACY"]) == ("224x224", 0.9)
    assert (shown(other)["BY CLASS"], shown(Variant())["ACCURACY"]) == (0.8, None)
