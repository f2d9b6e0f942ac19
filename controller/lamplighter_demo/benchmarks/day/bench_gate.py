"""`lamplighter bench gate`: clips with a network that rests while nothing moves, and without."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from lamplighter_scenes.clips import load_truth
from lamplighter_wire.files import write_atomically
from lamplighter_wire.policy.device_policy import DevicePolicy

from lamplighter_demo.benchmarks.day.networks import Network
from lamplighter_demo.benchmarks.day.street_replays import (
    Replayed,
    Served,
    StreetReplays,
    empty_share,
    street_replays,
)
from lamplighter_demo.benchmarks.envelopes.page import table
from lamplighter_demo.errors import DemoError

REPORT = "gate.json"
FPS = 6.25  # as plans for counts bound it
# So little that the gate looks wherever anybody is missing for a moment.
ASKED = DevicePolicy(least_still_share=0.02)

Notify = Callable[[str], None]


class GateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A clip. `empty`: share of its frames with nobody in view."""

    clip: str
    empty: float
    every_frame: Served
    rested: Served

    @property
    def time_ratio(self) -> float:
        """Processor time with the gate over that without, network and gate alone."""
        network_ms = self.every_frame.replayed.network_ms  # of one run: they are the same
        spent = cost_ms(self.rested.replayed, network_ms)
        return spent / max(cost_ms(self.every_frame.replayed, network_ms), 1e-9)


def cost_ms(served: Replayed, network_ms: float) -> float:
    """Processor time of network and gate over a clip."""
    return served.frames * network_ms + 1e3 * served.gate_s


def bench_gate(
    clips: Sequence[Path],
    network: Network,
    size: str,
    out: Path,
    notify: Notify,
    policy: DevicePolicy = ASKED,
) -> list[GateRow]:
    """Serve all clips twice; writes `gate.json`.

    Raises:
        DemoError: there are no clips, or the agent's program fails.
        FileNotFoundError: a clip has no truth beside it.
    """
    if not clips:
        raise DemoError("there are no clips: make some by `lamplighter scenes footage`")
    with street_replays(out / "replays") as device:
        rows = [_row(device, clip, network, size, policy, notify) for clip in clips]
    write_atomically(out / REPORT, [msgspec.json.format(msgspec.json.encode(rows))])
    return rows


def _row(
    device: StreetReplays,
    clip: Path,
    network: Network,
    size: str,
    policy: DevicePolicy,
    notify: Notify,
) -> GateRow:
    notify(f"serve {clip.stem}")
    return GateRow(
        clip=clip.stem,
        empty=empty_share(load_truth(clip)),
        every_frame=device.serve(clip, network, size, FPS),
        rested=device.serve(clip, network, size, FPS, policy),
    )


def gate_table(rows: Sequence[GateRow]) -> str:
    """Clips, and all of them together."""
    head = ["clip", "nobody in view", "frames", "with rests", "time", "off", "with rests", "true"]
    cells = [
        [
            row.clip,
            f"{row.empty:.0%}",
            str(row.every_frame.replayed.frames),
            str(row.rested.replayed.frames),
            f"{row.time_ratio:.2f}",
            str(row.every_frame.off),
            str(row.rested.off),
            str(row.every_frame.true),
        ]
        for row in rows
    ]
    return table(head, [*cells, _total(rows)]) + "\n"


def _total(rows: Sequence[GateRow]) -> list[str]:
    weights = [cost_ms(r.every_frame.replayed, r.every_frame.replayed.network_ms) for r in rows]
    weighed = sum(row.time_ratio * weight for row, weight in zip(rows, weights, strict=True))
    return [
        "all",
        "",
        str(sum(row.every_frame.replayed.frames for row in rows)),
        str(sum(row.rested.replayed.frames for row in rows)),
        f"{weighed / max(sum(weights), 1e-9):.2f}",
        str(sum(row.every_frame.off for row in rows)),
        str(sum(row.rested.off for row in rows)),
        str(sum(row.every_frame.true for row in rows)),
    ]
