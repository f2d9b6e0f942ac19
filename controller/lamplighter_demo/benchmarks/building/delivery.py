"""`lamplighter bench delivery`: bytes that the controller publishes for a device.

Variants are built, packed, signed and served by the parts that do it in a running controller. Of
each: what an agent of before fetches, what one that can expand packed parts fetches, and what a
build for another regime costs a device that has the first. Manifests whole, and as patches.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.link.chunks.chunk_server import MAX_CHUNKS_PER_REQUEST, ChunkServer
from lamplighter_controller.workshop import tasks
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.jobs import BuildResult
from lamplighter_recipes.recipe.schema import Recipe, Step
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, known_figures
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.manifest_patch import make_patch
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.signing import SigningKey, seal
from lamplighter_wire.transport.loopback import LoopbackBroker

MACHINE, REGIME, CALIBRATION = "x86_64", "night", "calibration"
CREATED_AT = 1.8e9

Notify = Callable[[str], None]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes on the wire of one recipe; golden pictures, alike in all variants, are not counted.

    The last three are 0 where nothing is calibrated.
    """

    recipe: str
    plain: int
    packed: int
    manifest: int
    manifest_patch: int  # from nothing
    recalibrated_chunks: int = 0
    recalibrated_manifest: int = 0
    recalibrated_patch: int = 0


class Delivery:
    """A chunk server over an artifact store, and what it has published."""

    def __init__(self, folder: Path) -> None:
        self.store = ArtifactStore(folder)
        self._key = SigningKey.generate()
        link = LoopbackBroker().client()
        link.connect()
        self._server = ChunkServer(link, self.store.read_chunk, SystemClock())

    def keep(self, built: BuildResult) -> bytes:
        """Keep a build; the signed manifest that newer agents get."""
        self.store.put_chunks(built.chunks.values())
        envelope = seal(built.packed or built.manifest, self._key)
        self.store.put_manifest(envelope)
        return envelope

    def publish(self, shas: Iterable[str]) -> int:
        """Bytes that go out when a device asks for these."""
        chunks, before = list(shas), self._server.counts()["bytes"]
        for start in range(0, len(chunks), MAX_CHUNKS_PER_REQUEST):
            self._server.request("device", chunks[start : start + MAX_CHUNKS_PER_REQUEST])
            self._server.flush()
        return self._server.counts()["bytes"] - before

    def publish_patch(self, base: bytes | None, target: bytes) -> int:
        """Bytes that go out for what turns one manifest into another."""
        return self.publish([self.store.put_chunk(make_patch(base, target))])


def bench_delivery(
    folder: Path, recipes: Iterable[Recipe], materials: Materials, notify: Notify
) -> list[dict[str, Any]]:
    """A row for each recipe."""
    rows = []
    for recipe in recipes:
        rows.append(measure(Delivery(folder / recipe.name), recipe, materials))
        notify(f"{rows[-1]}")
    return [msgspec.to_builtins(row) for row in rows]


def measure(delivery: Delivery, recipe: Recipe, materials: Materials) -> Row:
    """Build one recipe, and its like for another regime, and count."""
    built = build_of(recipe, materials)
    envelope = delivery.keep(built)
    row = Row(
        recipe=recipe.name,
        plain=delivery.publish(model_chunks(built.manifest)),
        packed=delivery.publish(model_chunks(built.packed or built.manifest)),
        manifest=delivery.publish([delivery.store.put_manifest(envelope)]),
        manifest_patch=delivery.publish_patch(None, envelope),
    )
    other = calibrated(recipe, REGIME)
    if other == recipe:
        return row
    again = build_of(other, materials)
    target, held = delivery.keep(again), {ref.sha256 for ref in shipped(built).chunks}
    fresh = [ref.sha256 for ref in shipped(again).chunks if ref.sha256 not in held]
    return msgspec.structs.replace(
        row,
        recalibrated_chunks=delivery.publish(fresh),
        recalibrated_manifest=delivery.publish([delivery.store.put_manifest(target)]),
        recalibrated_patch=delivery.publish_patch(envelope, target),
    )


def calibrated(recipe: Recipe, regime: str) -> Recipe:
    """The same with ranges of one regime's frames, where a step asks for ranges."""

    def changed(step: Step) -> Step:
        params = {**step.params, CALIBRATION: regime}
        has_one = CALIBRATION in step.params
        return msgspec.structs.replace(step, params=params) if has_one else step

    return msgspec.structs.replace(recipe, specialise=[changed(s) for s in recipe.specialise])


def shipped(built: BuildResult) -> Manifest:
    """The manifest that agents of today get."""
    return built.packed or built.manifest


def model_chunks(manifest: Manifest) -> list[str]:
    """Chunks of a variant without golden pictures."""
    return list(dict.fromkeys(sha for part in manifest.parts for sha in part.chunks))


def build_of(recipe: Recipe, materials: Materials) -> BuildResult:
    """With figures that were measured ahead of any variant of its parent: bytes are counted."""
    cards = known_figures(materials.weights_dir).values()
    known = next((card for card in cards if card.parent == recipe.parent), None)
    result = tasks.build(
        lambda _share, _stage: None,
        materials=materials.names(),
        recipe=msgspec.to_builtins(recipe),
        machine=MACHINE,
        known=_plain(known),
        created_at=CREATED_AT,
    )
    return msgspec.convert(result, BuildResult)


def _plain(card: VariantCard | None) -> Any:
    return None if card is None else msgspec.to_builtins(card)
