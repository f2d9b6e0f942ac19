"""The agent's settings: a TOML file, then LAMPLIGHTER_AGENT_* variables, then arguments."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lamplighter_agent.errors import SettingsError

ENV_PREFIX = "LAMPLIGHTER_AGENT_"
CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"


@dataclass(frozen=True, slots=True)
class CountLine:
    """A counting line in camera pixels, from (x1, y1) to (x2, y2)."""

    name: str
    x1: float
    y1: float
    x2: float
    y2: float


_Positive = Meta(gt=0)
_NotNegative = Meta(ge=0)


def _about(text: str) -> Meta:
    return Meta(description=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Everything an operator may set on a device. Units are in the names."""

    device: Annotated[str, _about("Device id, `[a-z0-9-]{1,40}`; empty: as enrolled.")] = ""
    state_dir: Annotated[Path, _about("Folder of identity, chunks, slots, journal and outbox.")] = (
        Path("/var/lib/lamplighter-agent")
    )
    url: Annotated[str, _about("Address of the controller's API, used for enrolment.")] = (
        "http://127.0.0.1:8080"
    )
    broker_host: Annotated[str, _about("Broker; empty: as told at enrolment.")] = ""
    broker_port: Annotated[
        int, Meta(ge=0, le=65535), _about("Broker's TLS port; 0: as told at enrolment.")
    ] = 0
    source: Annotated[
        str, _about("Clip, folder, `playlist:FILE`, RTSP address or camera device.")
    ] = ""
    fps: Annotated[
        float, _NotNegative, _about("Frame rate of the camera; 0: as the source says.")
    ] = 0.0
    fps_floor: Annotated[float, _Positive, _about("Lowest frame rate demanded.")] = 1.0
    fps_cap: Annotated[float, _Positive, _about("Highest frame rate demanded.")] = 15.0
    camera: Annotated[str, _about("Name of the camera's view, for reports.")] = ""
    camera_width: Annotated[int, _Positive, _about("Camera width in pixels.")] = 640
    camera_height: Annotated[int, _Positive, _about("Camera height in pixels.")] = 480
    lines: Annotated[
        tuple[CountLine, ...], _about("Counting lines: name, x1, y1, x2, y2 in camera pixels.")
    ] = ()
    threads: Annotated[int, _Positive, _about("Most inference threads.")] = 1
    power_budget_w: Annotated[
        float, _NotNegative, _about("Power the device may draw; 0: mains, no budget.")
    ] = 0.0
    idle_w: Annotated[float, _NotNegative, _about("Watts when idle, for the energy estimate.")] = (
        2.0
    )
    active_w_per_core: Annotated[
        float, _NotNegative, _about("Watts of one busy core, for the energy estimate.")
    ] = 3.0
    energy_rel_error: Annotated[
        float, _NotNegative, _about("Relative error band of the energy estimate.")
    ] = 0.3
    session_config: Annotated[
        dict[str, str], _about("Entries handed to onnxruntime's session options.")
    ] = field(default_factory=dict)
    memory_limit_bytes: Annotated[
        int, _NotNegative, _about("Memory the agent may use; 0: the machine's or cgroup's limit.")
    ] = 0
    realised_by: Annotated[
        str, _about("How an emulated envelope was brought about; empty on real hardware.")
    ] = ""
    telemetry_s: Annotated[float, _Positive, _about("Seconds of one telemetry window.")] = 10.0
    time_scale: Annotated[
        float,
        _Positive,
        _about("Factor on the windows of the shift detector; below 1 shortens them (demo)."),
    ] = 1.0
    reference_every: Annotated[
        int, _NotNegative, _about("Run 1 frame in this many again with the best variant; 0: never.")
    ] = 200
    chunk_store_bytes: Annotated[int, _Positive, _about("Most bytes the chunk store may hold.")] = (
        256 * 1024 * 1024
    )
    outbox_bytes: Annotated[int, _Positive, _about("Most bytes the outbox may hold.")] = (
        32 * 1024 * 1024
    )
    outbox_age_s: Annotated[
        float, _Positive, _about("Messages older than this are dropped from the outbox.")
    ] = 7 * 86400.0
    fetch_timeout_s: Annotated[
        float, _Positive, _about("A download without any progress is given up after this long.")
    ] = 600.0
    detections_every: Annotated[
        int,
        _NotNegative,
        _about("Log the boxes of 1 frame in this many to detections.jsonl (demo); 0: never."),
    ] = 0
    log_level: Annotated[str, _about("debug, info, warning or error.")] = "info"


def load_settings(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> AgentSettings:
    """Read the file, the environment and the overrides, later ones winning.

    The file is `path`, else $LAMPLIGHTER_AGENT_CONFIG, else none. In the environment lists and
    tables are JSON. Raises SettingsError naming the place, the key and the remedy.
    """
    environ = os.environ if environ is None else environ
    named = environ.get(CONFIG_VARIABLE)
    path = path or (Path(named) if named else None)
    values = _from_file(path) if path else {}
    values |= _from_environment(environ)
    values |= {k: v for k, v in (overrides or {}).items() if v is not None}
    return parse_settings(values)


def parse_settings(values: Mapping[str, Any]) -> AgentSettings:
    """Raises SettingsError for an unknown key or a value of the wrong kind."""
    known = {f.name for f in fields(AgentSettings)}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise SettingsError(
                f"unknown setting {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
    try:
        return msgspec.convert(dict(values), AgentSettings, strict=False, dec_hook=_path_hook)
    except msgspec.ValidationError as error:
        raise SettingsError(f"bad setting: {error}") from error


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in environ.items():
        if name.startswith(ENV_PREFIX) and name != CONFIG_VARIABLE:
            key = name.removeprefix(ENV_PREFIX).lower()
            found[key] = _json(name, text) if key in ("lines", "session_config") else text
    return found


def _json(name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{name} is not JSON: {error}") from error


def _path_hook(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)
