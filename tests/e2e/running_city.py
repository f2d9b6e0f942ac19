"""A small running city: waiting for what must come true in it, and faults."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from lamplighter_demo.city.agents import DemoAgent
from lamplighter_demo.city.devices import DemoDevice, TimeProfile
from lamplighter_demo.city.envelopes import Envelope
from lamplighter_demo.city.running import City

Json = dict[str, Any]
CLIPS = Path(__file__).resolve().parents[2] / "deploy" / "demo" / "clips"
# Longer than any test: the first clip again and again, so that the street stays as it is.
FOOTAGE_S = 3600.0
WAIT_S = 60.0
# A new variant: the parents are exported by torch first, then the variant is built.
FIRST_VARIANT_S = 150.0
# Steady demand and short windows; the shift detector keeps its full length and stays quiet.
PROFILE = TimeProfile(
    workload_scale=1.0,
    probation_frames=10,
    probation_s=2.0,
    telemetry_s=1.0,
    fps_floor=4.0,
    fps_cap=4.0,
    detections_every=1,
)
DEVICES = (
    DemoDevice("cam-plain", "camera", "south-arm", Envelope(cpu_quota_cores=0.7)),
    DemoDevice(
        "cam-noint8",
        "camera on which int8 does not pay",
        "south-arm",
        # No quota: even on a busy machine the full network keeps the frame rate at every size.
        Envelope(session_config={"session.disable_quant_qdq": "1"}),
    ),
)


@dataclass
class Running:
    """The city, and waiting for what must come true in it."""

    city: City

    def __post_init__(self) -> None:
        target = self.city.api.target
        headers = {"Authorization": f"Bearer {target.token}"}
        # As a program of somebody else reads the API: plain JSON.
        self.http = httpx.Client(base_url=f"{target.url}/api/v1", headers=headers, timeout=20)

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Json) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()

    def metric(self, name: str) -> float:
        """One figure of GET /metrics, by the beginning of its line."""
        lines = self.http.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(name)).rsplit(" ", 1)[1])

    def eventually(self, check: Callable[[], Any], what: str, seconds: float = WAIT_S) -> Any:
        """What `check` gives once it is true; fails with the end of every log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError, StopIteration, LookupError):
                found = check()
                if found:
                    return found
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds:.0f} s: {what}\n{self.logs()}")

    def logs(self, lines: int = 40) -> str:
        files = [self.city.controller.log]
        files += [agent.folder / "agent.log" for agent in self.city.agents.values()]
        ends = []
        for file in files:
            text = file.read_text(errors="replace") if file.exists() else ""
            ends.append(f"--- {file}\n" + "\n".join(text.splitlines()[-lines:]))
        return "\n".join(ends)

    # --- devices

    def start(self, device: str) -> DemoAgent:
        agent = self.city.agents[device]
        if not agent.running:
            agent.start()
        return agent

    def settled(self, device: str) -> Json:
        """The device once its last deployment is committed and nothing is being built."""

        def committed() -> Json | None:
            last = self.get(f"/devices/{device}/deployments", limit=1)[0]
            building = any(job["state"] in ("queued", "running") for job in self.get("/jobs"))
            shown = dict(self.get(f"/devices/{device}"))
            same = last["revision"] == shown["revision"] and last["outcome"] == "committed"
            return shown if same and not building else None

        found: Json = self.eventually(committed, f"{device} serves", FIRST_VARIANT_S)
        return found

    def frames(self, device: str) -> list[Json]:
        """Every frame the device has served, from its own log of detections."""
        path = self.city.agents[device].detections
        if not path.exists():
            return []
        # The last line may be cut off by a power cut.
        whole = path.read_text(errors="replace").split("\n")[:-1]
        return [json.loads(line) for line in whole if line.endswith("}")]

    def telemetry(self, device: str) -> list[Json]:
        return list(self.get(f"/devices/{device}/telemetry", limit=5000))

    # --- faults

    def broker(self) -> psutil.Process:
        children = psutil.Process(self.city.controller.pid).children(recursive=True)
        return next(c for c in children if c.name() == "mosquitto")

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """The broker is killed, and the controller hangs, so that nobody starts it again."""
        controller, broker = self.city.controller.pid, self.broker().pid
        os.kill(controller, signal.SIGSTOP)
        try:
            os.kill(broker, signal.SIGKILL)
            yield
        finally:
            os.kill(controller, signal.SIGCONT)
