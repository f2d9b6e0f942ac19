"""Points that no other beats, recipes in words, transfers in words."""

from hypothesis import given
from hypothesis import strategies as st
from lamplighter_client.documents.making.fronts import FrontPoint, RecipeFacts, RecipeStep
from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums
from lamplighter_client.making.costs import Cost, accuracy_of, cost_of, drawable, front_of, name_of
from lamplighter_client.making.recipe_words import recipe_words
from lamplighter_client.making.transfer_words import phase_text, saved_bytes, sums_text
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Prediction


def point(name: str, latency_ms: float, ap50: float, wire_bytes: int = 2**20) -> FrontPoint:
    predicted = Prediction(latency_p95_ms=latency_ms, expected_ap50=ap50)
    return FrontPoint(variant=name, size="384x288", wire_bytes=wire_bytes, predicted=predicted)


def names(points: list[FrontPoint]) -> list[str]:
    return [one.variant for one in points]


def test_the_front_leaves_out_what_another_beats() -> None:
    points = [point("slow", 30.0, 0.9), point("worse", 31.0, 0.9), point("quick", 10.0, 0.7)]
    points += [point("beaten", 12.0, 0.6), FrontPoint(variant="unknown", size="384x288")]
    assert names(front_of(points, Cost.LATENCY)) == ["quick", "slow"]
    assert names(front_of(points, Cost.BYTES)) == ["slow"], "as cheap and more accurate"
    assert front_of(points, Cost.ENERGY) == [], "of which nothing is known"
    assert name_of(points[0]) == "slow@384x288"


@given(st.lists(st.tuples(st.floats(1, 99), st.floats(0.1, 0.9)), max_size=12))
def test_no_point_of_the_catalogue_beats_one_of_the_front(
    figures: list[tuple[float, float]],
) -> None:
    points = [point(str(n), *figure) for n, figure in enumerate(figures)]
    for kept in front_of(points, Cost.LATENCY):
        cost, accuracy = cost_of(kept, Cost.LATENCY), accuracy_of(kept)
        better = [p for p in drawable(points, Cost.LATENCY) if accuracy_of(p) > accuracy]
        assert all(cost_of(p, Cost.LATENCY) > cost for p in better)


def test_a_recipe_is_said_step_by_step() -> None:
    recipe = RecipeFacts(
        summary="Small.",
        parent="nanodet-p50",
        prepare=[
            RecipeStep(technique="prune", params={"ratio": 0.5}),
            RecipeStep(technique="distill", params={"teacher": "nanodet-full", "minutes": 35}),
        ],
        specialise=[
            RecipeStep(technique="quantize", params={"calibration": ""}),
            RecipeStep(technique="of_a_user", params={"depth": 3, "empty": ""}),
        ],
    )
    assert recipe_words(recipe) == [
        "Small.",
        "It begins with nanodet-p50.",
        "50 % of its channels, those that matter least, are taken out.",
        "It is taught by nanodet-full for 35 minutes.",
        "Weights and activations are rounded to 8 bits, over frames of all regimes.",
        "Then of a user (depth 3).",
    ]


def test_transfers_are_said_in_words() -> None:
    entry = TransferEntry(size_bytes=100, received_bytes=30)
    assert (phase_text(entry), saved_bytes(entry)) == ("not taken yet", 0)
    there = TransferEntry(outcome=Outcome.COMMITTED, size_bytes=100, received_bytes=30)
    assert (phase_text(there), saved_bytes(there)) == ("committed", 70)
    refused = TransferEntry(outcome=Outcome.ROLLED_BACK, reason="SLOWER")
    assert phase_text(refused) == "rolled back: it is slower there than predicted"
    assert phase_text(TransferEntry(phase="ANOTHER")) == "another"


def test_sums_say_what_was_spared() -> None:
    assert sums_text(TransferSums()) == ["nothing was ordered yet"]
    sums = TransferSums(
        orders=3, under_way=1, whole_bytes=4 * 2**20, received_bytes=2**20, published_bytes=2**20
    )
    text = "\n".join(sums_text(sums))
    assert "3.0 MiB (75 %) spared" in text
    assert "1.0 MiB in 0 chunks" in text
