"""What the workshop offers, from recipes, weights and figures on disk; nothing is built here."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import NOT_PACKED
from lamplighter_controller.workshop.artifacts import ArtifactStore, BuiltShelf
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.executors.executor import Progress, ReportTrouble
from lamplighter_controller.workshop.jobs import BuildResult, Job, WorkshopError
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings
from lamplighter_recipes.recipe.loader import check_recipe, load_recipe
from lamplighter_recipes.variants.figures import ParentFacts, VariantCard, Work
from lamplighter_recipes.variants.identity import (
    KNOWN_FIGURES,
    Materials,
    facts_path,
    parent_version,
)
from lamplighter_wire.artifacts.manifest import ChunkRef, Manifest, Part
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Capabilities, Workload
from lamplighter_wire.rules.needs import MACHINES
from lamplighter_wire.tasks.detection import REGIMES

FOLDERS = ("weights", "cal", "eval", "gold", "cache")
PARENTS = {"nanodet-full": "fp32-full", "nanodet-p50": "p50"}  # parent -> its float recipe
WIDE = """
name = "wide"
title = "At the camera's own size"
summary = "More pixels than any other."
parent = "nanodet-full"
precision = "fp32"
sizes = ["640x480"]
"""
HALF = """
name = "half"
title = "Half the channels"
summary = "Fewer channels."
parent = "nanodet-p50"
precision = "fp32"
"""


def make_materials(root: Path) -> Materials:
    """Prepared parents, of which one variant each was measured at 384x288."""
    folders = Materials(*(root / name for name in FOLDERS))
    folders.weights_dir.mkdir()
    figures = [_prepare(folders, parent) for parent in PARENTS]
    (folders.weights_dir / KNOWN_FIGURES).write_bytes(msgspec.json.encode(figures))
    return folders


def _prepare(folders: Materials, parent: str) -> VariantCard:
    """The card of the parent's float variant."""
    (folders.weights_dir / f"{parent}.safetensors").write_bytes(parent.encode())
    version = parent_version(parent, folders.weights_dir)
    facts = facts_path(parent, version, folders.cache_dir)
    facts.parent.mkdir(parents=True)
    work = {"384x288": Work(mmac=500.0, depthwise_mmac=50.0, bytes_moved=20_000_000)}
    facts.write_bytes(msgspec.json.encode(ParentFacts(work)))
    return VariantCard(
        id=f"{PARENTS[parent]}-{version[:6]}",
        recipe=PARENTS[parent],
        parent=parent,
        model_version=version,
        expected_ap50={"384x288": dict.fromkeys(REGIMES, 0.8)},
    )


def make_workshop(root: Path, **recipes: str) -> Workshop:
    """A workshop whose catalogue is these recipe files."""
    folder = root / "recipes"
    folder.mkdir()
    for name, text in recipes.items():
        (folder / f"{name}.toml").write_text(text)
    settings = WorkshopSettings(materials=make_materials(root), recipes_dir=folder)
    store = ArtifactStore(root / "artifacts")
    return Workshop(settings, ChildPool(), store, sign=lambda raw: raw, clock=ManualClock())


def test_a_recipe_with_a_size_of_its_own_is_planned_where_it_can_be_carried(
    tmp_path: Path,
) -> None:
    workshop = make_workshop(tmp_path, wide=WIDE)
    check_recipe(load_recipe(tmp_path / "recipes" / "wide.toml"))
    (offer,) = [spec for spec in workshop.offers() if spec.recipe == "wide"]
    view = DeviceView(
        id="cam-1",
        capabilities=Capabilities(
            machine="x86_64",
            cores=2,
            runtimes={"onnxruntime": "1.22"},
            decoders=["distributions"],
        ),
        workload=Workload(fps_demand=1.0),
    )
    plan = choose(view, Objective(), [offer], Predictor())
    assert plan.primary is not None
    assert plan.primary.key == f"{offer.id}@640x480"
    assert plan.build == (offer.id,)


def test_what_will_be_built_needs_a_device_that_reads_it_measured_ahead_or_not(
    tmp_path: Path,
) -> None:
    workshop = make_workshop(tmp_path, wide=WIDE, half=HALF)
    offers = workshop.offers()
    assert {"wide", "half", "fp32-full"} < {spec.recipe for spec in offers}
    assert all("decoder:distributions" in spec.needs for spec in offers)


class ReadyExecutor:
    """Every build has given this."""

    def __init__(self, result: BuildResult) -> None:
        self.result = msgspec.to_builtins(result, builtin_types=[bytes])

    def start(self, report_trouble: ReportTrouble, /) -> None:
        pass

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(self.result)
        return done

    def cancel(self, key: str) -> bool:
        return False

    def shutdown(self) -> None:
        pass


def test_a_packed_build_has_a_manifest_for_agents_of_before_too(tmp_path: Path) -> None:
    plain, packed = b"p" * 9000, b"k" * 4500
    refs = {raw: ChunkRef(sha256=sha256_hex(raw), size_bytes=len(raw)) for raw in (plain, packed)}
    offer = next(iter(make_workshop(tmp_path, wide=WIDE).offers()))
    settings = WorkshopSettings(Materials(*(tmp_path / n for n in FOLDERS)), tmp_path / "recipes")
    store = ArtifactStore(tmp_path / "artifacts")
    part = Part(file="model.onnx", name="w", encoding="levels", packed_bytes=4500)
    result = BuildResult(
        card=VariantCard(id=offer.id, wire_bytes=4600),
        manifest=Manifest(id=offer.id, chunks=[refs[plain]], parts=[Part(file="model.onnx")]),
        packed=Manifest(id=offer.id, chunks=[refs[packed]], parts=[part]),
        chunks={refs[raw].sha256: raw for raw in refs},
    )

    def open_workshop() -> Workshop:
        executor = ReadyExecutor(result)
        return Workshop(settings, executor, store, lambda raw: raw, ManualClock())

    built = open_workshop().build(offer).result(60)
    assert built.packed.encodings == ["levels"]
    assert built.packed.manifest != built.manifest
    assert built.wire_bytes == 4600
    for sha in (built.manifest, built.packed.manifest, *(ref.sha256 for ref in refs.values())):
        assert store.read_chunk(sha) is not None
    again = {spec.id: spec for spec in open_workshop().offers()}[offer.id]
    assert (again.manifest, again.packed) == (built.manifest, built.packed)
    store.path(refs[packed].sha256).unlink()
    assert store.read_chunk(refs[packed].sha256) is None, "a device asks in vain"
    assert not {spec.id: spec for spec in open_workshop().offers()}[offer.id].built


def test_a_build_of_before_is_still_whole(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "artifacts")
    manifest, chunk = store.put_chunk(b"manifest"), store.put_chunk(b"chunk")
    card = msgspec.to_builtins(VariantCard(id="old"))
    kept = {"card": card, "manifest": manifest, "key": "k"}
    kept["chunks"] = [{"sha256": chunk, "size_bytes": 5}]
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "old.json").write_bytes(msgspec.json.encode(kept))
    built = BuiltShelf(tmp_path / "built", store).get("old", "k")
    assert built is not None
    assert built.packed == NOT_PACKED


def test_offers_do_not_wait_for_a_parent_that_is_not_prepared(tmp_path: Path) -> None:
    workshop = make_workshop(tmp_path, wide=WIDE, half=HALF)
    folders = tmp_path / "weights", tmp_path / "cache"
    version = parent_version("nanodet-full", folders[0])
    facts_path("nanodet-full", version, folders[1]).unlink()
    offered = {spec.recipe for spec in workshop.offers()}
    assert "wide" not in offered, "what it costs is not known"
    assert {"half", "fp32-full"} <= offered, "prepared, and measured ahead"


def test_a_parent_that_cannot_be_prepared_ends_the_preparation(tmp_path: Path) -> None:
    workshop = make_workshop(tmp_path, wide=WIDE)
    version = parent_version("nanodet-full", tmp_path / "weights")
    facts_path("nanodet-full", version, tmp_path / "cache").unlink()
    preparation = workshop.start()
    assert workshop.is_preparing()
    assert isinstance(preparation.exception(60.0), WorkshopError)
    assert not workshop.is_preparing()
    workshop.close()


def test_offers_are_made_anew_when_a_file_has_changed_and_only_then(tmp_path: Path) -> None:
    workshop = make_workshop(tmp_path, wide=WIDE)
    first = workshop.offers()
    assert all(a is b for a, b in zip(first, workshop.offers(), strict=True))
    (tmp_path / "recipes" / "half.toml").write_text(HALF)
    assert {spec.recipe for spec in workshop.offers()} - {spec.recipe for spec in first} == {"half"}


def test_variants_for_another_machine_are_offered_once_a_device_of_it_has_come(
    tmp_path: Path,
) -> None:
    workshop = make_workshop(tmp_path)

    def machines() -> set[str]:
        quantized = [spec for spec in workshop.offers() if spec.precision == "int8"]
        assert quantized
        assert all(set(spec.needs) & set(MACHINES) for spec in quantized), "each is for one kind"
        return {need for spec in quantized for need in spec.needs} & set(MACHINES)

    assert machines() == {"x86_64"}
    floats = [spec.id for spec in workshop.offers() if spec.precision == "fp32"]
    workshop.build_for("riscv64")
    assert machines() == {"x86_64"}, "nobody can build for it"
    workshop.build_for("aarch64")
    assert machines() == {"x86_64", "aarch64"}
    assert [spec.id for spec in workshop.offers() if spec.precision == "fp32"] == floats
