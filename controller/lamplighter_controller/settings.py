"""Settings: defaults, then a TOML file, then LAMPLIGHTER_* variables. Read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lamplighter_wire.errors import SettingsError
from lamplighter_wire.rules.needs import MACHINES
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO
from lamplighter_wire.settings import (
    LOG_LEVEL,
    NOT_NEGATIVE,
    PORT,
    POSITIVE,
    SettingsReader,
    about,
    named,
)
from msgspec import Meta

from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.policy.policy import Policy, checked_changes, resolve

ENV_PREFIX = "LAMPLIGHTER_"

Name = Annotated[str, Meta(min_length=1)]
AT_LEAST_ONE = Meta(min_length=1)
# A name of the DNS, or a number of IPv4 or IPv6.
HOST = re.compile(
    r"(?!.*\.\.)[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]{2,45}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerSettings:
    """Everything that can be set. Names are the keys of the TOML file."""

    data_dir: Annotated[Path, about("Where database, keys, artifacts and broker state live.")] = (
        Path("var")
    )
    api_host: Annotated[str, about("Address the HTTP API listens on.")] = "127.0.0.1"
    api_port: Annotated[int, PORT, about("Port of the HTTP API; 0 takes any free one.")] = 8080
    api_cert: Annotated[
        str, about("Certificate of the HTTP API from outside (PEM, with its chain); empty: ours.")
    ] = ""
    api_key: Annotated[str, about("The key to `api_cert` (PEM, without a passphrase).")] = ""
    api_plain: Annotated[
        bool,
        about(
            "Whether the HTTP API does without TLS beyond this machine, too: everybody on the way"
            " reads tokens then. For a proxy in front that speaks TLS."
        ),
    ] = False
    broker_bind: Annotated[str, about("Address the broker listens on.")] = "127.0.0.1"
    broker_port: Annotated[
        int, PORT, about("Port of the broker (MQTT over TLS); 0 takes any free one.")
    ] = 8883
    broker_url: Annotated[
        str, about("mqtts://HOST:PORT of a broker that somebody else runs; empty: one of ours.")
    ] = ""
    stop_broker: Annotated[
        bool,
        about(
            "Whether a broker of ours ends with the controller; false: it stays up for the devices,"
            " and the next controller takes it over."
        ),
    ] = False
    broker_ca: Annotated[
        str, about("Authority of that broker's certificate (PEM), for the controller; empty: ours.")
    ] = ""
    broker_cert: Annotated[
        str, about("The controller's certificate at that broker (PEM); empty: one of ours.")
    ] = ""
    broker_key: Annotated[str, about("The key to `broker_cert` (PEM).")] = ""
    public_names: Annotated[
        list[Name],
        AT_LEAST_ONE,
        about("Names of this machine that devices may use; the first is told to them."),
    ] = field(default_factory=lambda: ["127.0.0.1", "localhost"])
    database_url: Annotated[str, about("SQLAlchemy URL; empty: SQLite in the data directory.")] = ""
    recipes_dir: Annotated[str, about("Directory with further recipe files; empty: none.")] = ""
    materials_dir: Annotated[
        str,
        about("Folder of weights, calibration, evaluation, golden frames; empty: those that ship."),
    ] = ""
    machines: Annotated[
        list[Name],
        AT_LEAST_ONE,
        about(
            "Machines to build int8 variants for: x86_64, aarch64, armv7l; and those of the devices"
            " that have enrolled."
        ),
    ] = field(default_factory=lambda: ["x86_64"])
    runtimes: Annotated[
        list[Name],
        AT_LEAST_ONE,
        about("Runtimes to build for, where their tools are installed."),
    ] = field(default_factory=lambda: [BASE_RUNTIME, LITERT, OPENVINO])
    executor: Annotated[
        str,
        about(
            "Who builds: dask://HOST:PORT or dask+tls://HOST:PORT of a Dask scheduler; empty:"
            " child processes of this machine."
        ),
    ] = ""
    executor_ca: Annotated[
        str, about("Authority of the Dask cluster's certificates (PEM); for dask+tls.")
    ] = ""
    executor_cert: Annotated[
        str, about("The controller's certificate in the Dask cluster (PEM); for dask+tls.")
    ] = ""
    executor_key: Annotated[str, about("The key to `executor_cert` (PEM).")] = ""
    workshop_processes: Annotated[
        int, POSITIVE, about("Builds that run at the same time; with Dask, its workers decide.")
    ] = 1
    workshop_memory_bytes: Annotated[
        int, NOT_NEGATIVE, about("Memory cap of one build in bytes; 0: none.")
    ] = 3 * 1024**3
    evaluate_after_s: Annotated[
        float,
        NOT_NEGATIVE,
        about("A variant built in haste is evaluated in full after this long; 0: never."),
    ] = 120.0
    latency_p95_ms: Annotated[
        float, NOT_NEGATIVE, about("Default objective: limit on p95 latency; 0: none.")
    ] = 0.0
    power_w: Annotated[
        float, NOT_NEGATIVE, about("Default objective: power budget; 0: what the device says.")
    ] = 0.0
    memory_bytes: Annotated[
        int, NOT_NEGATIVE, about("Default objective: memory limit; 0: what the device says.")
    ] = 0
    probation_frames: Annotated[
        int, NOT_NEGATIVE, about("Frames a new variant serves under watch.")
    ] = 200
    probation_s: Annotated[
        float, NOT_NEGATIVE, about("Seconds a new variant serves under watch.")
    ] = 30.0
    desired_life_s: Annotated[
        float,
        NOT_NEGATIVE,
        about("Life of a signed desired state; renewed when the device needs it."),
    ] = 14 * 86400.0
    refusal_s: Annotated[
        float,
        NOT_NEGATIVE,
        about("How long a point that a device refused is left out of its plans."),
    ] = 3600.0
    slow_refusal_s: Annotated[
        float,
        NOT_NEGATIVE,
        about("The same for one that was measured too slow: the predictor knows by then."),
    ] = 120.0
    patience_s: Annotated[
        float,
        NOT_NEGATIVE,
        about("A deployment without an outcome for this long may be replaced by another plan."),
    ] = 300.0
    policy: Annotated[
        dict[str, float],
        about("Thresholds that decide, by name, for the whole fleet: see policy.md; empty: none."),
    ] = field(default_factory=dict)
    time_zone: Annotated[
        str,
        about("By whose clock hours of maintenance are meant: UTC, or a name as Europe/Vienna."),
    ] = "UTC"
    telemetry_detail_hours: Annotated[
        float,
        NOT_NEGATIVE,
        about("Windows of telemetry are kept one by one this long; then summaries of them."),
    ] = 24.0
    telemetry_days: Annotated[
        float, NOT_NEGATIVE, about("Summaries of five minutes older than this are deleted.")
    ] = 14.0
    telemetry_hourly_days: Annotated[
        float, NOT_NEGATIVE, about("Summaries of an hour older than this are deleted.")
    ] = 90.0
    counts_days: Annotated[
        float,
        NOT_NEGATIVE,
        about("Street counts, in quarters of an hour, older than this are deleted."),
    ] = 3660.0
    history_days: Annotated[
        float,
        NOT_NEGATIVE,
        about(
            "Events, plans, deployments, recompressions and jobs older than this are deleted; what"
            " a device should serve stays."
        ),
    ] = 90.0
    device_events_kept: Annotated[
        int,
        POSITIVE,
        about("So many events are kept of each device, whatever their age."),
    ] = 10_000
    device_events_per_hour: Annotated[
        float,
        POSITIVE,
        about("Events of a device beyond this, and eight hours' worth at once, are left out."),
    ] = 600.0
    device_windows_per_s: Annotated[
        float,
        POSITIVE,
        about("Windows of a device beyond this, and 10,000 s' worth at once, are left out."),
    ] = 5.0
    device_fetches: Annotated[
        float,
        POSITIVE,
        about(
            "A device may fetch all that it was ordered this many times over, and once more every"
            " ten minutes."
        ),
    ] = 4.0
    metrics_devices: Annotated[
        int,
        NOT_NEGATIVE,
        about("So many devices have series of their own in `/metrics`; 0: none, sums only."),
    ] = 1000
    metrics_bind: Annotated[
        str,
        about(
            "HOST:PORT at which `/metrics` is told over HTTP without a token, to a Prometheus"
            " beside it; empty: at the API alone, with one."
        ),
    ] = ""
    webhooks_local: Annotated[
        bool,
        about(
            "Whether webhooks, and street counts by `street_push_url`, may go to programs on this"
            " machine itself."
        ),
    ] = False
    street_push_url: Annotated[
        str,
        about(
            "Where each quarter of an hour of street counts is posted, such as"
            " https://broker.example/ngsi-ld/v1/entityOperations/upsert; empty: nowhere."
            " On this machine itself only with `webhooks_local`."
        ),
    ] = ""
    street_push_format: Annotated[
        Literal["ngsi-ld", "sensorthings"],
        about(
            "As what: NGSI-LD entities at a context broker, or OGC SensorThings observations at a"
            " server whose root is `street_push_url`, such as https://sta.example/v1.1."
        ),
    ] = "ngsi-ld"
    street_push_token: Annotated[
        str,
        about(
            "File with the bearer token that is shown there, read for each request; empty: none."
        ),
    ] = ""
    log_level: Annotated[str, LOG_LEVEL, about("debug, info, warning or error.")] = "info"

    def __post_init__(self) -> None:
        """Refuse what names nothing real.

        Raises:
            SettingsError: names the setting and what it wants.
        """
        for machine in self.machines:
            named(machine, MACHINES, "machines")
        for name in self.public_names:
            if not HOST.fullmatch(name):
                remedy = "write the name or address alone, without port, as in controller.example"
                raise SettingsError(f"public_names: {name!r} is no name of a machine; {remedy}")
        if self.recipes_dir and not Path(self.recipes_dir).expanduser().is_dir():
            raise SettingsError(f"recipes_dir: there is no folder {self.recipes_dir}")

        _zone(self.time_zone)

    @property
    def zone(self) -> tzinfo:
        """Of the clock by which hours are meant."""
        return _zone(self.time_zone)

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'controller.db'}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        remedy = "write UTC, or a name of the tz database such as Europe/Vienna"
        raise SettingsError(f"time_zone: {name!r} is no time zone; {remedy}") from error


# The agent, the command line and the demo have variables of the same prefix.
READER = SettingsReader(ControllerSettings, ENV_PREFIX, None)


def load_settings(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> ControllerSettings:
    """Later sources win: defaults, file, environment, overrides (None is no override).

    Raises:
        SettingsError: names the source, the key and what it wants.
    """
    return READER.load(path, environ, overrides)


def default_objective(settings: ControllerSettings) -> Objective:
    """The limits of devices that have none of their own."""
    return Objective(
        latency_p95_ms=settings.latency_p95_ms,
        power_w=settings.power_w,
        memory_bytes=settings.memory_bytes,
    )


def base_policy(settings: ControllerSettings) -> Policy:
    """The defaults, and over them what the settings say.

    Raises:
        SettingsError: names the field and what it wants.
    """
    given = Policy(
        probation_frames=settings.probation_frames,
        probation_s=settings.probation_s,
        refusal_s=settings.refusal_s,
        slow_refusal_s=settings.slow_refusal_s,
        patience_s=settings.patience_s,
    )
    try:
        return resolve([checked_changes(settings.policy)], given)
    except ValueError as error:
        raise SettingsError(f"policy: {error}") from error
