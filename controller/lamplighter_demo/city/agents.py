"""One agent of the demo: its folder, settings, enrolment, process and envelope."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lamplighter_wire.files import write_secret

from lamplighter_demo.city.devices import DemoDevice, TimeProfile
from lamplighter_demo.city.envelopes import Realised
from lamplighter_demo.city.processes import Child

# The agent is a program of its own: the controller never imports it.
AGENT = [sys.executable, "-m", "lamplighter_agent"]
THREAD_LIMITS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}


class DemoAgent:
    """A device of the city as a separate process inside its envelope.

    Args:
        through: what its commands are run by, as `ip netns exec NAME`.
        environment: further variables of its processes.
    """

    def __init__(
        self,
        device: DemoDevice,
        folder: Path,
        through: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._through, self._environment = through, environment or {}
        self.device = device
        self.folder = folder
        self.state_dir = folder / "state"
        self.realised = Realised(device.id, device.envelope)
        self.started_at = 0.0
        self._child = self._program("run")

    def configure(
        self, url: str, playlist: Path, lines: list[dict[str, Any]], profile: TimeProfile
    ) -> None:
        """Write the agent's settings file."""
        envelope = self.device.envelope
        values: dict[str, Any] = {
            "device": self.device.id,
            "state_dir": str(self.state_dir),
            "url": url,
            "source": f"playlist:{playlist}",
            "camera": self.device.camera,
            "threads": 1,
            "power_budget_w": envelope.power_budget_w,
            "idle_w": envelope.idle_w,
            "active_w_per_core": envelope.active_w_per_core,
            "memory_limit_bytes": envelope.memory_bytes,
            "realised_by": self.realised.realised_by,
            "telemetry_s": profile.telemetry_s,
            "time_scale": profile.workload_scale,
            "fps_floor": profile.fps_floor,
            "fps_cap": profile.fps_cap,
            "detections_every": profile.detections_every,
        }
        text = "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())
        text += f"lines = {_toml(lines)}\n"
        text += f"session_config = {_toml(envelope.session_config)}\n"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "agent.toml").write_text(text)

    def enrol(self, url: str, token: str) -> Child:
        """Start the enrolment; the caller waits for it."""
        write_secret(self.folder / "token", token.encode())
        child = self._program("enrol", "--url", url, "--token", f"@{self.folder / 'token'}")
        child.start()
        return child

    def start(self) -> None:
        self._child.start()
        self.realised.started(self._child.pid)
        self.started_at = time.time()

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def pid(self) -> int:
        """Of its process; 0 before the first."""
        return self._child.pid

    @property
    def detections(self) -> Path:
        """Where the agent writes the boxes of every tenth frame, for the comparison with truth."""
        return self.state_dir / "detections.jsonl"

    def chunk_count(self) -> int:
        """Chunks in the agent's store."""
        return sum(1 for p in (self.state_dir / "chunks").rglob("*") if len(p.name) == 64)

    def power_off(self) -> None:
        self._child.power_off()

    def stop(self) -> None:
        self._child.stop()
        self.realised.close()

    def last_lines(self) -> str:
        return self._child.last_lines()

    def _program(self, *arguments: str) -> Child:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            "LAMPLIGHTER_AGENT_CONFIG": str(self.folder / "agent.toml"),
            **THREAD_LIMITS,
            **self._environment,
        }
        return Child(
            self.device.id,
            [*self._through, *AGENT, *arguments],
            self.folder / "agent.log",
            environment,
            self.realised.enter,
        )


def _toml(value: Any) -> str:
    """A value as inline TOML; strings as JSON, which TOML's basic strings are a superset of."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items())
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    return json.dumps(value)
