"""`lamplighter bench updates`: bytes of a variant for a device that holds another.

Variants are built, packed, signed and served by the parts that do it in a running controller; the
device's part is the agent's own. Of each pair: all bytes of the new one, and those of the delta and
of what it leaves to be fetched whole. A parent that was trained on is made here by moving some of
each layer's weights a little, as far as a thousand steps of training might; a real one is read from
a folder.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from lamplighter_controller.workshop.jobs import BuildResult
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.identity import Materials, parent_path
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.artifacts.variant_delta import make_variant_delta, restored_chunks
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.codec import encode

from lamplighter_demo.benchmarks.building.delivery import (
    Delivery,
    Notify,
    build_of,
    calibrated,
    model_chunks,
    shipped,
)
from lamplighter_demo.errors import DemoError

SHARES = (0.01, 0.05)  # of the weights of a layer, that are moved
STEP = 0.05  # of their spread
SEED = 7


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """From one variant to another; bytes on the wire, without manifests."""

    held: str
    ordered: str
    whole: int
    by_delta: int
    share: float


def bench_updates(
    folder: Path,
    recipes: tuple[Recipe, Recipe],
    materials: Materials,
    updated: tuple[Path, str] | None,
    notify: Notify,
) -> list[dict[str, Any]]:
    """A row for each pair.

    Args:
        recipes: of one parent, in floats and in 8 bits.
        updated: a folder of weights and the name of a parent in it that was trained on.
    """
    shutil.rmtree(folder, ignore_errors=True)
    floats, integers = recipes
    delivery = Delivery(folder / "blobs")
    held = build_of(integers, materials)
    night: Callable[[], BuildResult] = partial(build_of, calibrated(integers, "night"), materials)
    pairs: list[tuple[str, BuildResult, str, Callable[[], BuildResult]]] = [
        (floats.name, build_of(floats, materials), integers.name, lambda: held),
        (integers.name, held, "for the night", night),
    ]
    for share in SHARES:
        moved = _moved(integers.parent, materials.weights_dir, folder / f"moved-{share}", share)
        make: Callable[[], BuildResult] = partial(
            build_of, integers, replace(materials, weights_dir=moved)
        )
        pairs.append((integers.name, held, f"{share:.0%} of weights moved", make))
    if updated is not None:
        place, name = updated
        recipe = msgspec.structs.replace(integers, parent=name)
        make = partial(build_of, recipe, replace(materials, weights_dir=place))
        pairs.append((integers.name, held, name, make))
    rows = []
    for before, base, after, make in pairs:
        rows.append(_measured(delivery, (before, base), (after, make())))
        notify(f"{rows[-1].held} to {rows[-1].ordered}: {rows[-1].share:.1%}")
    return [msgspec.to_builtins(row) for row in rows]


def _measured(
    delivery: Delivery, before: tuple[str, BuildResult], after: tuple[str, BuildResult]
) -> Update:
    (held, base), (ordered, target) = before, after
    names = tuple(sha256_hex(delivery.keep(built)) for built in (base, target))
    whole, by_delta = _bytes(delivery, (names[0], names[1]), shipped(base), shipped(target))
    return Update(
        held=held, ordered=ordered, whole=whole, by_delta=by_delta, share=round(by_delta / whole, 4)
    )


def _bytes(
    delivery: Delivery, names: tuple[str, str], base: Manifest, target: Manifest
) -> tuple[int, int]:
    read = _reading(delivery)
    lacking = set(model_chunks(target)) - set(needed_chunks(base))
    whole = delivery.publish(model_chunks(target))
    made = make_variant_delta(names, base, target, read)
    if made is None:
        return whole, delivery.publish(sorted(lacking))
    delta, packed = made
    spent = delivery.publish(delivery.store.put_chunks([*packed.chunks.values(), encode(delta)]))
    restored = {sha256_hex(raw) for raw in restored_chunks(delta, base, target, lacking, read)}
    if not restored <= set(needed_chunks(target)):
        raise DemoError("a delta yields other chunks than its manifest names")
    return whole, spent + delivery.publish(sorted(lacking - restored))


def _reading(delivery: Delivery) -> Callable[[str], bytes]:
    def read(sha: str) -> bytes:
        raw = delivery.store.read_chunk(sha)
        if raw is None:
            raise DemoError(f"chunk {sha[:12]} is lost")
        return raw

    return read


def _moved(parent: str, weights_dir: Path, folder: Path, share: float) -> Path:
    """A folder of weights in which so many of each layer's differ a little."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(weights_dir, folder)
    path, random = parent_path(parent, folder), np.random.default_rng(SEED)
    tensors = load_file(path)
    for name, tensor in tensors.items():
        if tensor.ndim > 1:
            steps = random.normal(0.0, STEP * float(tensor.std()), tensor.shape)
            steps *= random.random(tensor.shape) < share
            tensors[name] = (tensor + steps).astype(tensor.dtype)
    save_file(tensors, path)
    return folder
