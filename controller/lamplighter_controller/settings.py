"""Settings: defaults, then a TOML file, then LAMPLIGHTER_* variables. Read once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lamplighter_controller.errors import SettingsError

ENV_PREFIX = "LAMPLIGHTER_"


HELP: dict[str, str] = {
    "data_dir": "Where database, keys, artifacts and broker state live.",
    "api_host": "Address the HTTP API listens on.",
    "api_port": "Port of the HTTP API; 0 takes any free one.",
    "broker_bind": "Address the broker listens on.",
    "broker_port": "Port of the broker (MQTT over TLS); 0 takes any free one.",
    "broker_url": "mqtts://HOST:PORT of a broker that somebody else runs; empty: a child of ours.",
    "broker_ca": "Authority of that broker's certificate (PEM), for the controller; empty: ours.",
    "broker_cert": "The controller's certificate at that broker (PEM); empty: one of ours.",
    "broker_key": "The key to `broker_cert` (PEM).",
    "public_names": "Names of this machine that devices may use; the first is told to them.",
    "database_url": "SQLAlchemy URL; empty: SQLite in the data directory.",
    "recipes_dir": "Directory with further recipe files; empty: none.",
    "materials_dir": "Directory with weights, calibration, evaluation and golden frames; "
    "empty: those that ship.",
    "machines": "Machines to build int8 variants for: x86_64, aarch64.",
    "workshop_processes": "Builds that run at the same time.",
    "workshop_memory_bytes": "Memory cap of one build in bytes; 0: none.",
    "evaluate_after_s": "A variant built in haste is evaluated in full after this long; 0: never.",
    "latency_p95_ms": "Default objective: limit on p95 latency; 0: none.",
    "power_w": "Default objective: power budget; 0: what the device says.",
    "memory_bytes": "Default objective: memory limit; 0: what the device says.",
    "probation_frames": "Frames a new variant serves under watch.",
    "probation_s": "Seconds a new variant serves under watch.",
    "desired_life_s": "Life of a signed desired state; renewed when the device needs it.",
    "refusal_s": "How long a point that a device refused is left out of its plans.",
    "slow_refusal_s": "The same for one that was measured too slow: the predictor knows by then.",
    "patience_s": "A deployment without an outcome for this long may be replaced by another plan.",
    "telemetry_days": "Telemetry older than this is deleted.",
    "history_days": "Events, plans, deployments, recompressions and jobs older than this are "
    "deleted; what a device should serve stays.",
    "log_level": "DEBUG, INFO, WARNING or ERROR.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerSettings:
    """Everything that can be set. Names are the keys of the TOML file."""

    data_dir: Path = Path("var")
    api_host: str = "127.0.0.1"
    api_port: int = 8080
    broker_bind: str = "127.0.0.1"
    broker_port: int = 8883
    broker_url: str = ""
    broker_ca: str = ""
    broker_cert: str = ""
    broker_key: str = ""
    public_names: list[str] = field(default_factory=lambda: ["127.0.0.1", "localhost"])
    database_url: str = ""
    recipes_dir: str = ""
    materials_dir: str = ""
    machines: list[str] = field(default_factory=lambda: ["x86_64"])
    workshop_processes: int = 1
    workshop_memory_bytes: int = 3 * 1024**3
    evaluate_after_s: float = 120.0
    latency_p95_ms: float = 0.0
    power_w: float = 0.0
    memory_bytes: int = 0
    probation_frames: int = 200
    probation_s: float = 30.0
    desired_life_s: float = 14 * 86400.0
    refusal_s: float = 3600.0
    slow_refusal_s: float = 120.0
    patience_s: float = 300.0
    telemetry_days: float = 14.0
    history_days: float = 90.0
    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'controller.db'}"


def load_settings(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> ControllerSettings:
    """Later sources win: defaults, file, environment, overrides (None is no override).

    Raises:
        SettingsError: names the source, the key and what it wants.
    """
    values: dict[str, Any] = {}
    if path is not None:
        values |= _checked(_read_toml(path), str(path))
    env = os.environ if environ is None else environ
    values |= _checked(_from_environment(env), "environment")
    given = {k: v for k, v in (overrides or {}).items() if v is not None}
    values |= _checked(given, "command line")
    return ControllerSettings(**values)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _from_environment(env: Mapping[str, str]) -> dict[str, str]:
    names = {f"{ENV_PREFIX}{f.name.upper()}": f.name for f in fields(ControllerSettings)}
    return {name: env[key] for key, name in names.items() if key in env}


def _checked(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    known = {f.name: f.type for f in fields(ControllerSettings)}
    for name in values:
        if name not in known:
            raise SettingsError(f"{source}: unknown setting {name!r}; known: {', '.join(known)}")
    return {name: _convert(name, known[name], value, source) for name, value in values.items()}


def _convert(name: str, kind: Any, value: Any, source: str) -> Any:
    try:
        if kind is Path:
            return Path(str(value)).expanduser()
        if kind in (int, float):
            return _number(kind, value)
        if kind is str:
            return str(value)
        return _names(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{source}: {name} = {value!r}: {error}") from error


def _number(kind: type[int] | type[float], value: Any) -> int | float:
    if isinstance(value, bool):
        raise TypeError(f"wants a number of type {kind.__name__}")
    number = kind(value)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _names(value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    names = [str(part).strip() for part in parts if str(part).strip()]
    if not names:
        raise ValueError("wants at least one name")
    return names
