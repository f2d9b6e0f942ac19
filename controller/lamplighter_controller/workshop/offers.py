"""Which variants enter the catalogue, and what is expected of those that were not measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import AccuracyTable, IntervalTable, VariantCard
from lamplighter_recipes.variants.identity import OF_SIBLING, with_figures
from lamplighter_wire.rules.regimes import regime_matches

from lamplighter_controller.domain.variants import NOT_PACKED, PackedManifest


@dataclass(frozen=True)
class Offer:
    """What can be had: `known` holds figures that spare a build its evaluation."""

    recipe: Recipe
    machine: str
    card: VariantCard
    known: VariantCard | None
    manifest: str = ""  # empty: not built yet
    packed: PackedManifest = NOT_PACKED
    weights_dir: Path | None = None  # of a parent that lies elsewhere than the others


def paying(cards: Mapping[str, VariantCard]) -> dict[str, VariantCard]:
    """The cards that may be offered, by variant id.

    Of a variant calibrated for one regime only those figures stay, by size and regime, in which it
    beats every universal build of the same parent; without any it is left out. Universal ones stay.
    """
    universal: dict[tuple[str, ...], list[VariantCard]] = {}
    for card in cards.values():
        if not card.calibration:
            universal.setdefault(_kind(card), []).append(card)
    judged = {
        name: _where_it_pays(card, universal.get(_kind(card), [])) if card.calibration else card
        for name, card in cards.items()
    }
    return {name: card for name, card in judged.items() if card is not None}


def _kind(card: VariantCard) -> tuple[str, ...]:
    """What two builds share that differ in their calibration alone."""
    return card.parent, card.model_version, card.runtime, card.precision, card.activations


def _where_it_pays(card: VariantCard, universal: Sequence[VariantCard]) -> VariantCard | None:
    if not universal:
        return None
    table: AccuracyTable = {}
    for size, row in card.expected_ap50.items():
        proven = {r: ap50 for r, ap50 in row.items() if _beats_all(card, universal, size, r)}
        if proven:
            table[size] = proven
    return msgspec.structs.replace(card, expected_ap50=table) if table else None


def _beats_all(card: VariantCard, universal: Sequence[VariantCard], size: str, regime: str) -> bool:
    return all(_beats(card, other, size, regime) for other in universal)


def _beats(card: VariantCard, universal: VariantCard, size: str, regime: str) -> bool:
    """Whether the whole interval beside the parent lies above the other's on the same frames."""
    own, other = _gain(card, size, regime), _gain(universal, size, regime)
    if own is None or other is None:
        return False  # not measured: nothing is proven
    return regime_matches(regime, card.calibration) and own[0] > other[1]


def _gain(card: VariantCard, size: str, regime: str) -> tuple[float, float] | None:
    table: IntervalTable = card.gain_interval
    return table.get(size, {}).get(regime)


def with_siblings(offers: dict[str, Offer]) -> dict[str, Offer]:
    """Where nothing was measured, expect what another variant of the parent reaches.

    A build with such figures passes the gate against its parent and is measured in full after.
    """
    measured = [offer.card for offer in offers.values() if offer.card.expected_ap50]
    return {identity: _expecting(offer, measured) for identity, offer in offers.items()}


def _expecting(offer: Offer, measured: Sequence[VariantCard]) -> Offer:
    sibling = _sibling(offer.card, measured)
    if offer.card.expected_ap50 or sibling is None:
        return offer
    card = with_figures(offer.card, sibling, OF_SIBLING)
    return replace(offer, card=card, known=card)


def _sibling(card: VariantCard, measured: Sequence[VariantCard]) -> VariantCard | None:
    """Of the measured variants of its parent the one that computes most alike."""

    def likeness(other: VariantCard) -> tuple[bool, ...]:
        of_runtime = other.runtime == card.runtime
        return other.precision == card.precision, of_runtime, other.activations == card.activations

    of_parent = (card.parent, card.model_version)
    siblings = [one for one in measured if (one.parent, one.model_version) == of_parent]
    return max(siblings, key=likeness, default=None)
