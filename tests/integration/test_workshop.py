"""The workshop with real child processes: results, cache, kill, memory cap, timeout."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.workshop.artifacts import ArtifactStore
from lamplighter_controller.workshop.executor import Executor
from lamplighter_controller.workshop.jobs import (
    BuildCancelled,
    BuildFailed,
    BuildTimedOut,
    Job,
    WorkerDied,
)
from lamplighter_controller.workshop.workshop import Workshop, WorkshopSettings
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import encode
from lamplighter_wire.signing import KeySet, SigningKey, open_manifest, sign

from tests.simulators.recipe_rig import materials

TARGETS = "tests.simulators.workshop_jobs"
WAIT_S = 30.0
CAP_BYTES = 400 * 1024**2


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    runner = Executor(1, CAP_BYTES, timeout_s=WAIT_S)
    runner.start()
    yield runner
    runner.close()


def _job(name: str, key: str = "", **payload: Any) -> Job:
    return Job(key=key or name, target=f"{TARGETS}:{name}", payload=payload)


def _begun(runner: Executor, job: Job) -> "Future[Any]":
    begun = threading.Event()
    future = runner.submit(job, lambda _share, _stage: begun.set())
    assert begun.wait(WAIT_S)
    return future


def test_a_job_reports_progress_and_prints_do_not_disturb(executor: Executor) -> None:
    seen: list[tuple[float, str]] = []
    future = executor.submit(
        _job("double", value=21), lambda share, stage: seen.append((share, stage))
    )
    assert future.result(WAIT_S) == {"value": 42}
    assert seen == [(0.5, "half")]


def test_the_process_stays_warm_and_equal_jobs_are_one(executor: Executor) -> None:
    first = executor.submit(_job("pid", "a")).result(WAIT_S)
    assert executor.submit(_job("pid", "b")).result(WAIT_S) == first
    running = _begun(executor, _job("sleep", seconds=1.0))
    assert executor.submit(_job("sleep", seconds=1.0)) is running
    running.result(WAIT_S)


def test_a_job_that_raises_says_why(executor: Executor) -> None:
    with pytest.raises(BuildFailed, match="no such street"):
        executor.submit(_job("fail")).result(WAIT_S)


def test_a_killed_process_fails_its_job_and_is_replaced(executor: Executor) -> None:
    future = _begun(executor, _job("sleep", seconds=60))
    os.kill(executor.pids()[0], signal.SIGKILL)
    with pytest.raises(WorkerDied, match="-9"):
        future.result(WAIT_S)
    assert executor.submit(_job("double", value=1)).result(WAIT_S) == {"value": 2}


def test_cancelling_kills_a_running_job_and_drops_a_waiting_one(executor: Executor) -> None:
    running = _begun(executor, _job("sleep", seconds=60))
    waiting = executor.submit(_job("double", value=1))
    assert executor.cancel("double")
    assert executor.cancel("sleep")
    with pytest.raises(BuildCancelled):
        running.result(WAIT_S)
    with pytest.raises(CancelledError):
        waiting.result(WAIT_S)
    assert not executor.cancel("sleep")


def test_a_job_over_the_memory_cap_fails_and_the_next_one_works(executor: Executor) -> None:
    with pytest.raises((BuildFailed, WorkerDied), match="memory"):
        executor.submit(_job("hoard", size_bytes=2 * CAP_BYTES)).result(WAIT_S)
    assert executor.submit(_job("double", value=3)).result(WAIT_S) == {"value": 6}


def test_a_job_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    runner = Executor(1, timeout_s=1.0)
    runner.start()
    began = time.monotonic()
    with pytest.raises(BuildTimedOut, match="longer than 1 s"):
        runner.submit(_job("sleep", seconds=60)).result(WAIT_S)
    assert time.monotonic() - began < 10
    runner.close()


def test_closing_fails_what_runs(executor: Executor) -> None:
    future = _begun(executor, _job("sleep", seconds=60))
    executor.close()
    with pytest.raises(BuildCancelled):
        future.result(WAIT_S)
    assert executor.pids() == []


def test_a_variant_is_built_signed_kept_and_found_again(tmp_path: Path) -> None:
    key = SigningKey.generate()
    store = ArtifactStore(tmp_path / "artifacts")
    settings = WorkshopSettings(materials(tmp_path))

    def open_workshop() -> Workshop:
        return Workshop(settings, store, lambda raw: encode(sign(raw, key)), ManualClock())

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
    workshop.close()

    again = open_workshop()  # another process of the controller: no child is needed
    kept = {spec.recipe: spec for spec in again.offers()}["int8-full"]
    assert kept.manifest == built.manifest
    assert again.build(kept).result(1).built
    store.path(manifest.chunks[0].sha256).unlink()
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
    workshop = Workshop(settings, ArtifactStore(tmp_path / "a"), lambda raw: raw, ManualClock())
    workshop.start().result(120)
    assert "int8-night" in workshop.recipes()
    offered = {spec.recipe for spec in workshop.offers()}
    assert "int8-full" in offered
    assert "int8-night" not in offered
    workshop.close()


def test_what_is_not_offered_is_not_built(tmp_path: Path) -> None:
    settings = WorkshopSettings(materials(tmp_path))
    workshop = Workshop(settings, ArtifactStore(tmp_path / "a"), lambda raw: raw, ManualClock())
    workshop.start().result(120)
    spec = workshop.offers()[0]
    unknown = type(spec)(id="none", model="", recipe="")
    with pytest.raises(BuildFailed, match="not in the catalogue"):
        workshop.build(unknown).result(1)
    with pytest.raises(BuildFailed, match="not been built"):
        workshop.evaluate(spec).result(1)
    workshop.close()


def test_a_damaged_chunk_counts_as_missing(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    sha = store.put_chunk(b"tensor")
    assert sha == sha256_hex(b"tensor")
    assert store.read_chunk(sha) == b"tensor"
    store.path(sha).write_bytes(b"tensoR")
    assert store.read_chunk(sha) is None
    assert not store.has_chunk(sha)
