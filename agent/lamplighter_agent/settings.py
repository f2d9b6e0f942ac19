"""The agent's settings: a TOML file, then LAMPLIGHTER_AGENT_* variables, then arguments."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from lamplighter_wire.errors import SettingsError
from lamplighter_wire.settings import (
    LOG_LEVEL,
    NOT_NEGATIVE,
    PORT,
    POSITIVE,
    SettingsReader,
    about,
)
from lamplighter_wire.topics import MAX_STREAMS
from msgspec import Meta

from lamplighter_agent.own_street import CountDistance, CountLine, CountZone, Mask, check_drawn

ONVIF = "onvif://"  # a camera that is asked for its streams, of which it has several sizes
ENV_PREFIX, CONFIG = "LAMPLIGHTER_AGENT_", "CONFIG"
CONFIG_VARIABLE = ENV_PREFIX + CONFIG


StreamName = Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$(?!\\n)")]
Address = Annotated[str, Meta(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Everything an operator may set on a device. Units are in the names."""

    device: Annotated[str, about("Device id, `[a-z0-9-]{1,40}`; empty: as enrolled.")] = ""
    state_dir: Annotated[Path, about("Folder of identity, chunks, slots, journal and outbox.")] = (
        Path("/var/lib/lamplighter-agent")
    )
    url: Annotated[str, about("Address of the controller's API, used for enrolment.")] = (
        "http://127.0.0.1:8080"
    )
    url_ca: Annotated[
        str,
        about(
            "Authority (PEM) of the certificate at an https `url`; empty: this machine's, and the"
            " one that the token names."
        ),
    ] = ""
    broker_host: Annotated[str, about("Broker; empty: as told at enrolment.")] = ""
    broker_port: Annotated[int, PORT, about("Broker's TLS port; 0: as told at enrolment.")] = 0
    task: Annotated[
        str,
        about(
            "What the networks here are for: `traffic`, `classification`, `detection:NAME` or"
            " `classification:NAME` of models that were added so, or a task that is installed."
        ),
    ] = "traffic"
    source: Annotated[
        str, about("Clip, folder, `playlist:FILE`, RTSP or ONVIF address, or camera device.")
    ] = ""
    sources: Annotated[
        dict[StreamName, Address],
        about("Further cameras by name, `[a-z0-9-]{1,40}`: each is a stream of its own."),
    ] = field(default_factory=dict)
    sub_source: Annotated[
        str,
        about(
            "A smaller stream of the same camera, received while its pictures are large enough"
            " for the network that serves: decoding 1080p costs more than many a network."
        ),
    ] = ""
    sub_sources: Annotated[
        dict[StreamName, Address], about("The same of further cameras, by their names.")
    ] = field(default_factory=dict)
    rtsp_transport: Annotated[
        Literal["tcp", "udp"],
        about("How RTSP cameras send: tcp loses nothing, udp needs no connection of its own."),
    ] = "tcp"
    camera_credentials: Annotated[
        str,
        about(
            "File of the cameras' names and passwords as in .netrc (machine HOST login NAME"
            " password WORD), readable by the agent's user only; empty: in the addresses."
        ),
    ] = ""
    hardware_decoding: Annotated[
        bool, about("Decode cameras on this machine's graphics where it can.")
    ] = False
    fps: Annotated[
        float,
        NOT_NEGATIVE,
        about(
            "Frame rate that clips are played at, and the most that a camera is taken to give;"
            " 0: clips as they are, cameras as measured."
        ),
    ] = 0.0
    fps_floor: Annotated[float, POSITIVE, about("Lowest frame rate demanded of a camera.")] = 1.0
    fps_cap: Annotated[float, POSITIVE, about("Highest frame rate demanded of a camera.")] = 15.0
    camera: Annotated[str, about("Name of the camera's view, for reports.")] = ""
    camera_width: Annotated[
        int,
        NOT_NEGATIVE,
        about(
            "Width of the pictures that `lines` are drawn in; 0: of those that the camera gives."
        ),
    ] = 0
    camera_height: Annotated[int, NOT_NEGATIVE, about("Their height; 0: of the camera's.")] = 0
    lines: Annotated[
        tuple[CountLine, ...],
        about("Counting lines: name, x1, y1, x2, y2 in camera pixels; stream: of which source."),
    ] = ()
    zones: Annotated[
        tuple[CountZone, ...],
        about(
            "Areas: name, corners in camera pixels; counted is who comes in and who leaves; stream:"
            " of which source."
        ),
    ] = ()
    masks: Annotated[
        tuple[Mask, ...],
        about(
            "Areas whose road users are passed over: name, corners in camera pixels; stream: of"
            " which source."
        ),
    ] = ()
    distances: Annotated[
        tuple[CountDistance, ...],
        about("Between two lines, for speeds: first, second, distance_m; stream: of which source."),
    ] = ()
    turns: Annotated[
        bool,
        about(
            "Count by entry and exit as well, as in `north/to-west`: lines lie so that `in` leads"
            " into the crossing, zones cover its arms."
        ),
    ] = False
    threads: Annotated[int, POSITIVE, about("Most inference threads.")] = 1
    power_budget_w: Annotated[
        float, NOT_NEGATIVE, about("Power the device may draw; 0: mains, no budget.")
    ] = 0.0
    idle_w: Annotated[float, NOT_NEGATIVE, about("Watts when idle, for the energy estimate.")] = 2.0
    active_w_per_core: Annotated[
        float, NOT_NEGATIVE, about("Watts of one busy core, for the energy estimate.")
    ] = 3.0
    energy_rel_error: Annotated[
        float, NOT_NEGATIVE, about("Relative error band of the energy estimate.")
    ] = 0.3
    session_config: Annotated[
        dict[str, str], about("Entries handed to onnxruntime's session options.")
    ] = field(default_factory=dict)
    memory_limit_bytes: Annotated[
        int, NOT_NEGATIVE, about("Memory the agent may use; 0: the machine's or cgroup's limit.")
    ] = 0
    realised_by: Annotated[
        str, about("How an emulated envelope was brought about; empty on real hardware.")
    ] = ""
    telemetry_s: Annotated[float, POSITIVE, about("Seconds of one telemetry window.")] = 10.0
    time_scale: Annotated[
        float,
        POSITIVE,
        about("Factor on the windows of the shift detector; below 1 shortens them (demo)."),
    ] = 1.0
    reference_every: Annotated[
        int,
        NOT_NEGATIVE,
        about("Run 1 frame in this many again with the best variant, or the next best; 0: never."),
    ] = 200
    chunk_store_bytes: Annotated[int, POSITIVE, about("Most bytes the chunk store may hold.")] = (
        256 * 1024 * 1024
    )
    outbox_bytes: Annotated[int, POSITIVE, about("Most bytes the outbox may hold.")] = (
        32 * 1024 * 1024
    )
    outbox_age_s: Annotated[
        float, POSITIVE, about("Messages older than this are dropped from the outbox.")
    ] = 7 * 86400.0
    fetch_timeout_s: Annotated[
        float, POSITIVE, about("A download without any progress is given up after this long.")
    ] = 600.0
    fetch_by: Annotated[
        Literal["auto", "broker", "https"],
        about(
            "The road that models come by: the broker's, where neighbours share what is sent, or"
            " HTTPS from the controller; auto: the broker's, and HTTPS where that fails."
        ),
    ] = "auto"
    https_from_bytes: Annotated[
        int, NOT_NEGATIVE, about("With auto, so much and more comes by HTTPS first; 0: nothing.")
    ] = 0
    neighbour: Annotated[
        str,
        about(
            "Address of a device nearby that serves chunks, such as http://10.0.0.2:8890: what it"
            " holds comes from there; empty: none."
        ),
    ] = ""
    serve_neighbours: Annotated[
        str,
        about(
            "Where this device serves chunks to neighbours, such as 0.0.0.0:8890: what it holds,"
            " to whom the controller has ordered it; empty: nowhere."
        ),
    ] = ""
    neighbour_bytes_per_s: Annotated[
        int, POSITIVE, about("What all neighbours together get at most, a second.")
    ] = 4_000_000
    watchdog_s: Annotated[
        float,
        NOT_NEGATIVE,
        about(
            "Where serving stands for this long, in a driver or a runtime, the agent starts anew;"
            " 0: never."
        ),
    ] = 120.0
    trial_timeout_s: Annotated[
        float,
        POSITIVE,
        about(
            "A candidate that takes longer to load, or for one frame of its trial, is ended; what"
            " serves goes on meanwhile."
        ),
    ] = 60.0
    detections_every: Annotated[
        int,
        NOT_NEGATIVE,
        about("Log the boxes of 1 frame in this many to detections.jsonl (demo); 0: never."),
    ] = 0
    share_pictures: Annotated[
        bool,
        about(
            "Send pictures of the cameras when the controller asks for some, to specialise a"
            " network for this place; off: never."
        ),
    ] = False
    stills: Annotated[
        Literal["off", "edges", "blurred", "full"],
        about(
            "Give one picture when the controller asks, to draw lines on: `edges` of what stands,"
            " `blurred` so that faces and plates cannot be read, or in `full`; off: never."
        ),
    ] = "off"
    share_log: Annotated[
        bool,
        about(
            "Give the newest lines of the log, without what is secret, when an operator asks the"
            " controller for them; off: never."
        ),
    ] = True
    heartbeat_file: Annotated[
        str,
        about("File in memory for a sign of life each second, which `health` reads; empty: none."),
    ] = ""
    log_level: Annotated[str, LOG_LEVEL, about("debug, info, warning or error.")] = "info"

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            SettingsError: names the setting and what it wants.
        """
        addresses = list(self.streams.values())
        if len(addresses) > MAX_STREAMS:
            raise SettingsError(f"sources: {len(addresses)} cameras, at most {MAX_STREAMS}")
        for address in addresses:
            if addresses.count(address) > 1:
                raise SettingsError(f"sources: {address!r} is named twice; each camera counts once")
        self._check_sub_streams()
        check_drawn(self.lines, self.zones, self.masks, self.distances, self.streams, self._size)

    def _check_sub_streams(self) -> None:
        for name, address in self.sub_streams.items():
            if name not in self.streams or not self.streams[name]:
                raise SettingsError(
                    f"sub_sources: {name!r} is no camera; name it in sources"
                    if name
                    else "sub_source: there is no source that it is the smaller stream of"
                )
            if address == self.streams[name]:
                raise SettingsError(f"sub_source: {name or 'it'} is the same stream as the source")
        is_drawn = self.lines or self.zones or self.masks
        has_two = self.sub_streams or any(one.startswith(ONVIF) for one in self.streams.values())
        if has_two and is_drawn and not (self.camera_width and self.camera_height):
            raise SettingsError(
                "lines: pictures of the smaller stream have another size; set camera_width and"
                " camera_height to that of the pictures which lines and zones are drawn in"
            )

    @property
    def _size(self) -> tuple[int, int]:
        return self.camera_width, self.camera_height

    def of_stream(self, name: str) -> "AgentSettings":
        """What concerns one stream: its own counting lines, zones and masks."""
        lines = tuple(line for line in self.lines if line.stream == name)
        zones = tuple(zone for zone in self.zones if zone.stream == name)
        masks = tuple(mask for mask in self.masks if mask.stream == name)
        distances = tuple(one for one in self.distances if one.stream == name)
        return dataclasses.replace(self, lines=lines, zones=zones, masks=masks, distances=distances)

    def with_camera(self, registered: str) -> "AgentSettings":
        """With the camera that is registered for the device, where the settings name none."""
        if self.source or self.sources or not registered:
            return self
        return dataclasses.replace(self, source=registered)

    @property
    def streams(self) -> dict[str, str]:
        """The address of each stream's camera. `source` has no name, and is the only one mostly."""
        unnamed = {"": self.source} if self.source or not self.sources else {}
        return unnamed | self.sources

    @property
    def camera_addresses(self) -> list[str]:
        """Of all cameras and their smaller streams: what of them is secret is shown nowhere."""
        return [*self.streams.values(), *self.sub_streams.values()]

    @property
    def sub_streams(self) -> dict[str, str]:
        """The address of the smaller stream of those cameras that have one."""
        return ({"": self.sub_source} if self.sub_source else {}) | self.sub_sources


READER = SettingsReader(AgentSettings, ENV_PREFIX, frozenset({CONFIG}))


def load_settings(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> AgentSettings:
    """Read the file, the environment and the overrides, later ones winning.

    The file is `path`, else $LAMPLIGHTER_AGENT_CONFIG, else none.

    Raises:
        SettingsError: names the source, the key and what it wants.
    """
    environ = os.environ if environ is None else environ
    named = environ.get(CONFIG_VARIABLE)
    return READER.load(path or (Path(named) if named else None), environ, overrides)
