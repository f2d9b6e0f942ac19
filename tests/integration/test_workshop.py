"""The workshop with real child processes: what is built, kept and found again."""

from pathlib import Path

import pytest
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.jobs import BuildFailed
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import encode
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, sign

from tests.simulators.recipe_rig import materials


def make_workshop(settings: WorkshopSettings, folder: Path) -> Workshop:
    store = ArtifactStore(folder / "artifacts")
    return Workshop(settings, ChildPool(), store, lambda raw: raw, ManualClock())


def test_a_variant_is_built_signed_kept_and_found_again(tmp_path: Path) -> None:
    key = SigningKey.generate()
    store = ArtifactStore(tmp_path / "artifacts")
    settings = WorkshopSettings(materials(tmp_path))

    def signed(raw: bytes) -> bytes:
        return encode(sign(raw, key))

    def open_workshop() -> Workshop:
        return Workshop(settings, ChildPool(), store, signed, ManualClock())

    workshop = open_workshop()
    preparation = workshop.start()
    assert workshop.is_preparing()
    assert workshop.offers() == [], "nothing is known yet, and nobody waits"
    preparation.result(120)
    assert not workshop.is_preparing()
    offers = {spec.recipe: spec for spec in workshop.offers()}
    assert not offers["int8-full"].built
    assert offers["int8-full"].mmac["384x288"] > 0
    stages: list[str] = []
    built = workshop.build(offers["int8-full"], lambda _s, stage: stages.append(stage)).result(120)
    assert built.built
    assert "compress" in stages
    assert built.expected_ap50["384x288"]
    envelope = store.manifest(built.manifest)
    assert envelope is not None
    manifest = open_manifest(envelope, KeySet.of(key))
    assert manifest.id == built.id
    assert len(manifest.golden) == 2
    for ref in manifest.chunks:
        raw = store.read_chunk(ref.sha256)
        assert raw is not None
        assert len(raw) == ref.size_bytes
    assert workshop.evaluate(built).result(120).manifest == built.manifest
    # Nothing is known of the float sibling but what this one has reached: gate now, measure after.
    float_spec = {spec.recipe: spec for spec in workshop.offers()}["fp32-full"]
    assert float_spec.expected_ap50 == built.expected_ap50
    float_built = workshop.build(float_spec).result(120)
    assert float_built.expected_ap50 == built.expected_ap50
    measured = workshop.evaluate(float_built).result(120)
    assert measured.manifest == float_built.manifest
    assert float_built.extra_work == {}, "nobody had measured it"
    assert measured.extra_work.keys() == measured.mmac.keys()
    workshop.close()

    again = open_workshop()  # another process of the controller: no child is needed
    kept = {spec.recipe: spec for spec in again.offers()}["int8-full"]
    assert kept.manifest == built.manifest
    assert again.build(kept).result(60).built
    store.path(manifest.chunks[0].sha256).unlink()
    assert store.read_chunk(manifest.chunks[0].sha256) is None, "a device asks in vain"
    assert not {spec.recipe: spec for spec in again.offers()}["int8-full"].built


NIGHT_ONLY = """
name = "int8-night"
title = "8-bit by night"
summary = "Ranges of night frames alone."
parent = "nanodet-full"
precision = "int8"
saves = ["latency"]

[[specialise]]
technique = "quantize"
calibration = "night"
"""


def test_a_calibration_that_was_never_measured_is_not_offered(tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "int8-night.toml").write_text(NIGHT_ONLY)
    settings = WorkshopSettings(materials(tmp_path), recipes_dir=folder)
    workshop = make_workshop(settings, tmp_path)
    workshop.start().result(120)
    assert "int8-night" in workshop.recipes()
    offered = {spec.recipe for spec in workshop.offers()}
    assert "int8-full" in offered
    assert "int8-night" not in offered
    workshop.close()


def test_what_is_not_offered_is_not_built(tmp_path: Path) -> None:
    settings = WorkshopSettings(materials(tmp_path))
    workshop = make_workshop(settings, tmp_path)
    workshop.start().result(120)
    spec = workshop.offers()[0]
    unknown = type(spec)(id="none", model="", recipe="")
    with pytest.raises(BuildFailed, match="not in the catalogue"):
        workshop.build(unknown).result(60)
    with pytest.raises(BuildFailed, match="not been built"):
        workshop.evaluate(spec).result(60)
    workshop.close()


def test_a_damaged_chunk_counts_as_missing(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    sha = store.put_chunk(b"tensor")
    assert sha == sha256_hex(b"tensor")
    assert store.read_chunk(sha) == b"tensor"
    store.path(sha).write_bytes(b"tensoR")
    assert store.read_chunk(sha) is None
    assert not store.has_chunk(sha)
