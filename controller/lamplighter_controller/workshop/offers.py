"""Which variants enter the catalogue: one calibrated for a regime must have been seen to pay."""

from collections.abc import Mapping

import msgspec
from lamplighter_recipes.variants.figures import AccuracyTable, IntervalTable, VariantCard
from lamplighter_wire.rules.regimes import regime_matches


def paying(cards: Mapping[str, VariantCard]) -> dict[str, VariantCard]:
    """The cards that may be offered, by variant id.

    Of a variant calibrated for one regime only those figures stay, by size and regime, in which it
    beats the universal build of the same parent; without any it is left out. Universal ones stay.
    """
    universal = {_kind(card): card for card in cards.values() if not card.calibration}
    judged = {
        name: _where_it_pays(card, universal.get(_kind(card))) if card.calibration else card
        for name, card in cards.items()
    }
    return {name: card for name, card in judged.items() if card is not None}


def _kind(card: VariantCard) -> tuple[str, ...]:
    """What two builds share that differ in their calibration alone."""
    return card.parent, card.model_version, card.precision, card.activations


def _where_it_pays(card: VariantCard, universal: VariantCard | None) -> VariantCard | None:
    if universal is None:
        return None
    table: AccuracyTable = {}
    for size, row in card.expected_ap50.items():
        proven = {r: ap50 for r, ap50 in row.items() if _beats(card, universal, size, r)}
        if proven:
            table[size] = proven
    return msgspec.structs.replace(card, expected_ap50=table) if table else None


def _beats(card: VariantCard, universal: VariantCard, size: str, regime: str) -> bool:
    """Whether the whole interval beside the parent lies above the other's on the same frames."""
    own, other = _gain(card, size, regime), _gain(universal, size, regime)
    if own is None or other is None:
        return False  # not measured: nothing is proven
    return regime_matches(regime, card.calibration) and own[0] > other[1]


def _gain(card: VariantCard, size: str, regime: str) -> tuple[float, float] | None:
    table: IntervalTable = card.gain_interval
    return table.get(size, {}).get(regime)
