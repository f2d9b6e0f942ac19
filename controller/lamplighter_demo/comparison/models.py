"""The variants that a run has built, as their runtimes open them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from lamplighter_client import endpoints
from lamplighter_client.documents import Variant
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.blobs import MODEL_FILE, assemble
from lamplighter_wire.codec import decode
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Envelope, OperatingPoint
from lamplighter_wire.rules.sizes import Size, by_area, parse_size, point_key

from lamplighter_demo.city.running import City
from lamplighter_demo.report.collecting import DeviceHistory

# What an operator without a planner would put everywhere.
FIXED_SIZE = (384, 288)
FIXED_FP32, FIXED_INT8 = "fp32-full", "int8-full"


@dataclass(frozen=True, slots=True)
class Model:
    """A built variant, a file or a folder, and the sizes (width, height) it is compared at."""

    variant: str
    recipe: str
    precision: str
    runtime: str
    path: Path
    expected_ap50: dict[str, dict[str, float]]
    sizes: tuple[Size, ...]
    memory_bytes: int = 0
    decoder: Decoder = OWN
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def key(self, width: int, height: int) -> str:
        """The name of its point at a size."""
        return point_key(self.variant, width, height)


def key_of(point: OperatingPoint) -> str:
    """The name of a point that a device serves."""
    return point_key(point.variant, point.width, point.height)


def built_models(city: City, folder: Path, histories: Iterable[DeviceHistory]) -> list[Model]:
    """All variants that were built in this run.

    Raises:
        BlobError: a part of one is not in the controller's artifact store.
    """
    store = ArtifactStore(city.folder / "controller" / "artifacts")
    served = {key_of(w.serving) for history in histories for w in history.windows_with_frames}
    return [
        _with_sizes(_unpack(store, variant, folder / variant.id), served)
        for variant in city.api.send(endpoints.variants())
        if variant.manifest
    ]


def _with_sizes(model: Model, served: set[str]) -> Model:
    """The sizes worth comparing: the full network in floating point costs minutes to score, so of
    it only the fixed policy's size and what was really served."""
    if model.recipe != FIXED_FP32:
        return model
    sizes = [size for size in model.sizes if size == FIXED_SIZE or model.key(*size) in served]
    return replace(model, sizes=tuple(sizes))


def _unpack(store: ArtifactStore, variant: Variant, folder: Path) -> Model:
    manifest = _manifest(store, variant)

    def read(sha256: str) -> bytes:
        raw = store.read_chunk(sha256)
        if raw is None:
            raise BlobError(f"chunk {sha256} of {variant.id} is not in the artifact store")
        return raw

    folder.mkdir(parents=True, exist_ok=True)
    assemble(manifest.parts, read, folder)
    graph = folder / MODEL_FILE
    return Model(
        variant=manifest.id,
        recipe=manifest.recipe,
        precision=manifest.precision,
        runtime=manifest.runtime,
        path=graph if graph.exists() else folder,
        expected_ap50=manifest.expected_ap50,
        sizes=tuple(parse_size(size) for size in by_area(manifest.expected_ap50)),
        memory_bytes=manifest.memory_bytes,
        decoder=manifest.decoder,
        thresholds=manifest.thresholds,
    )


def _manifest(store: ArtifactStore, variant: Variant) -> Manifest:
    envelope = store.manifest(variant.manifest)
    if envelope is None:
        raise BlobError(f"the manifest of {variant.id} is not in the artifact store")
    return msgspec.json.decode(decode(envelope, Envelope).payload, type=Manifest)
