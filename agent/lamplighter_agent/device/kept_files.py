"""What the agent keeps from run to run besides its journal: the probe, the accepted workload, and
which runtimes work here.

All can be measured or seen again, so a file that cannot be read or written is told and no more.
"""

import logging
from pathlib import Path
from typing import TypeVar

import msgspec
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import CameraFacts, Capabilities, Probe, Workload

from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

PROBE_FILE, WORKLOAD_FILE = "probe.json", "workload.json"
RUNTIMES_FILE, CAMERAS_FILE = "runtimes.json", "cameras.json"
TROUBLES_FILE = "camera-troubles.json"

Kind = TypeVar("Kind")


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures of a probe depend on."""

    threads: int = 0
    session_config: dict[str, str] = {}
    cpu_model: str = ""
    isa: list[str] = []
    cores: int = 0
    quota_cores: float = 0.0
    runtimes: dict[str, str] = {}  # name -> version


class KeptProbe(msgspec.Struct, frozen=True, kw_only=True):
    """A probe with the conditions it was measured under."""

    conditions: Conditions = Conditions()
    probe: Probe = Probe()


class WorkingRuntimes(msgspec.Struct, frozen=True, kw_only=True):
    """The runtimes that have run a network on a processor."""

    processor: str = ""
    versions: dict[str, str] = {}  # by name


def conditions_of(settings: AgentSettings, capabilities: Capabilities) -> Conditions:
    """The conditions a probe would be measured under now."""
    return Conditions(
        threads=settings.threads,
        session_config=settings.session_config,
        cpu_model=capabilities.cpu_model,
        isa=capabilities.isa,
        cores=capabilities.cores,
        quota_cores=capabilities.cpu_quota_cores,
        runtimes=capabilities.runtimes,
    )


class KeptFiles:
    """Small files in the state folder, each replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def probe(self, conditions: Conditions) -> Probe | None:
        """The probe, unless something it depends on has changed since."""
        kept = self._read(PROBE_FILE, KeptProbe)
        return kept.probe if kept is not None and kept.conditions == conditions else None

    def keep_probe(self, probe: Probe, conditions: Conditions) -> None:
        self._write(PROBE_FILE, KeptProbe(conditions=conditions, probe=probe))

    def working_runtimes(self) -> WorkingRuntimes | None:
        """As last found; None before."""
        return self._read(RUNTIMES_FILE, WorkingRuntimes)

    def keep_working_runtimes(self, working: WorkingRuntimes) -> None:
        self._write(RUNTIMES_FILE, working)

    def workload(self, stream: str = "") -> Workload | None:
        """Of a stream, as last accepted; None before the first change of it."""
        return self._read(_workload_file(stream), Workload)

    def keep_workload(self, workload: Workload, stream: str = "") -> None:
        self._write(_workload_file(stream), workload)

    def cameras(self) -> dict[str, CameraFacts]:
        """What was last measured of the camera of each stream."""
        return self._read(CAMERAS_FILE, dict[str, CameraFacts]) or {}

    def keep_cameras(self, cameras: dict[str, CameraFacts]) -> None:
        self._write(CAMERAS_FILE, cameras)

    def camera_troubles(self) -> dict[str, str]:
        """Why the camera of a stream gives nothing, as the agent last saw; empty: it does."""
        return self._read(TROUBLES_FILE, dict[str, str]) or {}

    def keep_camera_troubles(self, troubles: dict[str, str]) -> None:
        self._write(TROUBLES_FILE, troubles)

    def _read(self, name: str, kind: type[Kind]) -> Kind | None:
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read: %s", name, error)
            return None

    def _write(self, name: str, value: object) -> None:
        try:
            write_atomically(self._folder / name, [msgspec.json.encode(value)])
        except OSError as error:
            log.error("%s cannot be kept: %s", name, error)


def _workload_file(stream: str) -> str:
    return f"workload-{stream}.json" if stream else WORKLOAD_FILE
