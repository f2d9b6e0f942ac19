"""Clips as a device serves them, by the agent's own program.

What was served once is kept, and served anew when anything changes that the answer hangs on: clip,
network, point, policy, or the agent's code.
"""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_scenes.clips import load_truth
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.policy.device_policy import DevicePolicy

from lamplighter_demo.benchmarks.day.networks import Network
from lamplighter_demo.city.agents import THREAD_LIMITS
from lamplighter_demo.comparison.device_counts import answer_of, line_of

# The agent is a program of its own: the controller never imports it.
PROGRAM = "lamplighter_agent.benchmark.replayed_street"
NEVER = DevicePolicy(least_still_share=1.0)
DIGEST_DIGITS = 16


class StreetJob(msgspec.Struct, frozen=True, kw_only=True):
    """As the agent's program reads it."""

    clip: str
    lines: list[dict[str, Any]]
    folder: str
    runtime: str
    decoder: Decoder
    point: OperatingPoint
    policy: DevicePolicy
    still_share: float


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """As the agent's program tells it: seconds of the clip, frames that the network saw and was
    spared, crossings by "line/direction" and class, processor time."""

    seconds: float
    frames: int
    rested: int
    counts: dict[str, dict[str, int]]
    network_ms: float
    gate_s: float


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A clip as it was served, beside its truth. `off`: sum of |counted - true| over movements."""

    replayed: Replayed
    off: int
    true: int


class StreetReplays:
    """Asks a process of the agent's program for as long as it is open; its first line is the digest
    of its code.

    Raises:
        DemoError: the program has ended.
    """

    def __init__(self, process: "subprocess.Popen[str]", kept: Path) -> None:
        self._process, self._kept = process, kept
        self._code = line_of(process, PROGRAM).strip()

    def serve(
        self, clip: Path, network: Network, size: str, fps: float, policy: DevicePolicy = NEVER
    ) -> Served:
        """A clip by a point for counts in the clip's own regime.

        Raises:
            DemoError: the agent's program has ended.
            FileNotFoundError: the clip has no truth.
        """
        truth = load_truth(clip)
        job = StreetJob(
            clip=str(clip),
            lines=truth["lines"],
            folder=str(network.folder),
            runtime=network.runtime,
            decoder=network.decoder,
            point=network.point(size, fps, truth["regime"]),
            policy=policy,
            still_share=empty_share(truth),
        )
        replayed = self._replayed(job)
        return Served(replayed=replayed, **off_and_true(truth, replayed.counts))

    def _replayed(self, job: StreetJob) -> Replayed:
        path = self._kept / f"{digest_of(job, self._code)}.json"
        if not path.exists():
            write_atomically(path, [self._answer(job).encode()])
        return msgspec.json.decode(path.read_bytes(), type=Replayed)

    def _answer(self, job: StreetJob) -> str:
        return answer_of(self._process, PROGRAM, job)


@contextmanager
def street_replays(kept: Path) -> Iterator[StreetReplays]:
    """A process for the block; answers are kept in a folder."""
    kept.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **THREAD_LIMITS},
    )
    try:
        yield StreetReplays(process, kept)
    finally:
        process.communicate()


def empty_share(truth: dict[str, Any]) -> float:
    """Of a clip's frames, those with nobody in view."""
    frames = truth["frames"]
    return sum(not rows for rows in frames) / max(len(frames), 1)


def off_and_true(truth: dict[str, Any], counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """Crossings counted too much and too little over lines and directions, and all true ones."""
    real = Counter(f"{c['line']}/{c['direction']}" for c in truth["crossings"])
    seen = Counter({movement: sum(by_class.values()) for movement, by_class in counts.items()})
    return {
        "off": sum(abs(seen[name] - real[name]) for name in seen | real),
        "true": real.total(),
    }


def digest_of(job: StreetJob, code: str) -> str:
    """Of all that an answer hangs on: the job, the contents of its files, and the agent's code."""
    digest = hashlib.sha256(code.encode())
    digest.update(msgspec.json.encode(job))
    for path in (Path(job.clip), *sorted(Path(job.folder).iterdir())):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:DIGEST_DIGITS]
