"""One agent process, two recorded cameras, a real broker and a whole controller."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from lamplighter_client import endpoints
from lamplighter_client.documents import Device
from lamplighter_client.errors import RefusedError
from lamplighter_wire.messages import Reported, Telemetry
from lamplighter_wire.signing import SigningKey

from tests.simulators.blobs import CLIP_SIZE, blob_clip, blob_detector
from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.tiny_world import build

pytestmark = pytest.mark.broker
BOX = "box-1"
FPS = 4.0
WIDTH, HEIGHT = CLIP_SIZE
# What the street does decides the demand of a real device; here it is fixed.
CONFIG = """
device = "box-1"
state_dir = "{state}"
fps_floor = {fps}
fps_cap = {fps}
camera_width = {width}
camera_height = {height}
telemetry_s = 2.0
time_scale = 0.05

[sources]
north = "playlist:{north}"
south = "playlist:{south}"

[[lines]]
stream = "north"
name = "gate"
x1 = {middle}
y1 = 0
x2 = {middle}
y2 = {height}

[[lines]]
stream = "south"
name = "bridge"
x1 = {middle}
y1 = 0
x2 = {middle}
y2 = {height}
"""


class Gateway:
    """The agent's process and its two recorded streets: north by day, south by night."""

    def __init__(self, folder: Path) -> None:
        self.clips = {}
        for name, light, to_the_right in (("north", 0.4, True), ("south", 0.02, False)):
            clip = blob_clip(folder / f"{name}.mp4", light=light, to_the_right=to_the_right)
            # Two entries, so that the file is opened again whenever it has been played.
            again = folder / f"{name}-again.mp4"
            again.write_bytes(clip.read_bytes())
            playlist = folder / f"{name}.json"
            playlist.write_text(json.dumps([{"clip": clip.name}, {"clip": again.name}]))
            self.clips[name] = (clip, again)
        self.config = folder / "agent.toml"
        self.config.write_text(
            CONFIG.format(
                state=folder / "state",
                fps=FPS,
                width=WIDTH,
                height=HEIGHT,
                middle=WIDTH // 2,
                north=folder / "north.json",
                south=folder / "south.json",
            )
        )
        self.log = folder / "agent.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "lamplighter_agent", "--config", str(self.config), *arguments]

    def start(self, url: str, token: str) -> None:
        enrol = self.command("enrol", "--url", url, "--token", token)
        subprocess.run(enrol, check=True, timeout=60)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command("run"), stdout=log, stderr=subprocess.STDOUT
            )

    def break_camera(self, name: str) -> None:
        for clip in self.clips[name]:
            clip.rename(clip.with_suffix(".away"))

    def mend_camera(self, name: str) -> None:
        for clip in self.clips[name]:
            clip.with_suffix(".away").rename(clip)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    folder = tmp_path / "box"
    folder.mkdir()
    made = Gateway(folder)
    yield made
    made.stop()


def streams(device: Device) -> dict[str, Telemetry]:
    """The newest window of each stream."""
    return {s.stream: s.telemetry for s in device.streams if s.telemetry is not None}


def serves(control: RunningController, variant: str) -> Device | None:
    """The device, once all its streams are served by a variant, by day and by night."""
    device = control.device(BOX)
    windows = streams(device)
    served = [w for w in windows.values() if w.serving.variant == variant and w.frames]
    return device if len(served) == 2 else None


def test_one_agent_serves_two_cameras(tmp_path: Path, gateway: Gateway) -> None:
    key = SigningKey.generate()
    control = RunningController(tmp_path / "controller", key)
    first = build("first", key, draw=partial(blob_detector, work=1))
    second = build("second", key, draw=blob_detector)
    control.offer(first, ap50=0.5, mmac=300.0)
    with control.running():
        gateway.start(control.url, control.new_token(BOX))
        eventually(lambda: serves(control, "first"), "the first model on both streams")
        counts_arrive_apart(control)
        demands_add_up(control)

        control.offer(second, ap50=0.8, mmac=300.0)
        eventually(lambda: committed(control), "the end of the first deployment")
        with suppress(RefusedError):  # a busy machine may have had it planned already
            control.client.send(endpoints.make_plan(BOX, dry_run=False))
        eventually(lambda: serves(control, "second"), "the second model on both streams")
        reported = eventually(lambda: committed(control), "the end of the probation")
        assert reported.trial is not None and reported.trial.pairs >= 8

        gateway.break_camera("north")
        eventually(lambda: is_broken(control, "north"), "the lost camera")
        frames = streams(control.device(BOX))["south"].seq
        eventually(
            lambda: (w := streams(control.device(BOX))["south"]).seq > frames and w.frames,
            "frames of the other",
        )
        command_line_shows(control, "stream     south: night-dry-free, ")
        notices = [notice.text for notice in control.device(BOX).attention]
        assert any(notice.startswith("north: camera lost: no such source") for notice in notices)
        gateway.mend_camera("north")
        eventually(lambda: not is_broken(control, "north"), "the camera's return")
    assert gateway.process is not None and gateway.process.poll() is None


def command_line_shows(control: RunningController, text: str) -> None:
    target = control.client.target
    command = [sys.executable, "-m", "lamplighter_cli", "device", "show", BOX]
    command += ["--url", target.url, "--token", target.token]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert text in shown.stdout


def counts_arrive_apart(control: RunningController) -> None:
    """Each stream has its own lines, and on each everything goes one way."""
    ways = {}
    for stream, line in (("north", "gate"), ("south", "bridge")):
        windows = eventually(
            lambda stream=stream: [w for w in control.windows(BOX, stream) if w.counts],
            f"crossings on {stream}",
        )
        assert {w.stream for w in windows} == {stream}
        keys = {key for w in windows for key in w.counts}
        assert {key.partition("/")[0] for key in keys} == {line}
        ways[stream] = {key.partition("/")[2] for key in keys}
    assert len(ways["north"]) == len(ways["south"]) == 1
    assert ways["north"] != ways["south"]


def demands_add_up(control: RunningController) -> None:
    """Plan and device see one demand, windows one each; the night is of one street alone."""
    device = eventually(lambda: in_two_regimes(control), "the night in the south")
    assert device.workload is not None and device.workload.fps_demand == 2 * FPS
    windows = streams(device)
    assert [w.fps_demand for w in windows.values()] == [FPS, FPS]
    assert device.telemetry is not None and device.telemetry.fps_demand == 2 * FPS
    answer = control.client.send(endpoints.make_plan(BOX, dry_run=True))
    assert answer.fps_demand == 2 * FPS
    assert "by 2 streams" in " ".join(answer.reasons)
    events = [e for e in control.client.send(endpoints.events()) if e.kind == "workload_shift"]
    assert {e.data.get("stream") for e in events} == {"south"}


def in_two_regimes(control: RunningController) -> Device | None:
    device = control.device(BOX)
    regimes = {name: window.regime.light for name, window in streams(device).items()}
    return device if regimes == {"north": "day", "south": "night"} else None


def committed(control: RunningController) -> Reported | None:
    reported = control.device(BOX).reported
    return reported if reported and reported.outcome == "committed" else None


def is_broken(control: RunningController, stream: str) -> bool:
    return streams(control.device(BOX))[stream].source_state == "lost"
