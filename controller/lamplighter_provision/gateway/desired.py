"""The gateway's file: which engine, image and limits, and which agents."""

import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import msgspec
from lamplighter_wire.errors import TrustError
from lamplighter_wire.https.trust import authority_for
from lamplighter_wire.topics import is_device_id
from msgspec import Meta

from lamplighter_provision.errors import ProvisionError

LOCAL_ENGINE = "unix:///var/run/docker.sock"
SCHEMES = ("unix://", "ssh://", "tcp://")
PLACE, VERSIONED = "{version}", ("image", "image_file", "build")
VERSION = re.compile("[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}|")
# What the container fixes itself.
RESERVED = ("device", "source", "state_dir", "heartbeat_file")

Text = Annotated[str, Meta(min_length=1)]
AbsolutePath = Annotated[str, Meta(pattern=r"^/[^:,\n]*$(?!\n)")]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that one agent may take."""

    cpus: Annotated[float, Meta(ge=0.1, le=1024)] = 1.0
    memory_mb: Annotated[int, Meta(ge=64)] = 512
    processes: Annotated[int, Meta(ge=16)] = 128
    tmp_mb: Annotated[int, Meta(ge=1)] = 64  # of the memory, for /tmp


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files (PEM) for an engine that is reached over TCP."""

    ca: Text
    cert: Text
    key: Text


class Agent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One agent of the gateway."""

    source: str = ""
    host: str = ""  # what you would type behind `ssh`; empty: its id
    devices: tuple[AbsolutePath, ...] = ()  # further device files, such as an accelerator
    groups: tuple[str, ...] = ("video",)  # who may read the device files
    paths: tuple[AbsolutePath, ...] = ()  # folders of the gateway, read-only at the same place
    limits: Limits | None = None
    settings: dict[str, Any] = {}

    @property
    def device_files(self) -> tuple[str, ...]:
        """The camera, if it is a device file, and the further ones."""
        sources = [self.source, *self.settings.get("sources", {}).values()]
        cameras = [s for s in sources if isinstance(s, str) and s.startswith("/dev/")]
        return tuple(dict.fromkeys([*cameras, *self.devices]))


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a gateway's file says."""

    url: Text  # the controller's API, as the gateway reaches it
    ca: str = ""  # file (PEM): authority of a certificate from outside at that address
    image: str = ""
    engine: str = LOCAL_ENGINE
    tls: Tls | None = None
    image_file: str = ""  # loaded when the engine lacks it
    build: str = ""  # folder of a Dockerfile, built when the engine lacks the image
    version: str = ""  # of the agent; stands where the three above have {version}
    build_args: dict[str, str] = {}  # of the Dockerfile, such as BASE
    network: Text = "bridge"
    start_s: Annotated[float, Meta(gt=0)] = 60.0  # how long a new agent may take to come up
    limits: Limits = Limits()
    agents: Annotated[dict[str, Agent], Meta(min_length=1)]

    def authority(self) -> str:
        """The authority (PEM) to believe at `url`; empty: none is named.

        Raises:
            ProvisionError: its file cannot be read.
        """
        try:
            return authority_for(self.url, file=Path(self.ca)) if self.ca else ""
        except TrustError as error:
            raise ProvisionError(f"ca: {error}") from error

    def without(self, devices: Collection[str]) -> "Gateway":
        """The same, but for some of its agents."""
        rest = {name: agent for name, agent in self.agents.items() if name not in devices}
        return msgspec.structs.replace(self, agents=rest)

    def limits_of(self, device: str) -> Limits:
        """An agent's own limits, else the gateway's."""
        return self.agents[device].limits or self.limits


def read_gateway(path: Path, due: str = "") -> Gateway:
    """Read a gateway's file. Paths of other files are taken from its folder.

    Args:
        due: version of the agent that its agents shall come to, in the place of the file's.

    Raises:
        ProvisionError: names the field and what it wants.
    """
    gateway = _parsed(path)
    _check(gateway, path)
    return _placed(_of_version(gateway, path, due), path.parent)


def said_version(path: Path) -> tuple[str, Collection[str]]:
    """The version that a file itself says, empty where it says none, and its agents.

    Raises:
        ProvisionError: it is no gateway's file.
    """
    gateway = _parsed(path)
    return gateway.version, gateway.agents.keys()


def _parsed(path: Path) -> Gateway:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Gateway)
    except OSError as error:
        raise ProvisionError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ProvisionError(f"{path}: {error}") from error


def _check(gateway: Gateway, path: Path) -> None:
    if not gateway.engine.startswith(SCHEMES):
        raise ProvisionError(f"{path}: engine: begin it with one of {', '.join(SCHEMES)}")
    if gateway.engine.startswith("tcp://") and gateway.tls is None:
        raise ProvisionError(
            f"{path}: engine: over TCP without TLS everybody is root there; add [tls] or use ssh://"
        )
    if not gateway.url.startswith(("http://", "https://")):
        raise ProvisionError(f"{path}: url: begin it with http:// or https://")
    if gateway.image_file and gateway.build:
        raise ProvisionError(f"{path}: image_file and build: keep one of them")
    for device, agent in gateway.agents.items():
        _check_agent(device, agent, f"{path}: agents.{device}")


def _of_version(gateway: Gateway, path: Path, due: str) -> Gateway:
    """With the version in the places that are left for it."""
    version = due or gateway.version
    if not VERSION.fullmatch(version):
        raise ProvisionError(f"{path}: version: {version!r} is none; write one such as 1.3.0")
    if due and gateway.image and PLACE not in gateway.image:
        raise ProvisionError(
            f"{path}: image: {gateway.image} is of one version; write {PLACE} where it stands, such"
            f" as lamplighter-agent:{PLACE}, and version = in a line of its own"
        )
    texts = {name: getattr(gateway, name) for name in VERSIONED}
    for name, text in texts.items():
        if PLACE in text and not version:
            raise ProvisionError(f"{path}: {name}: it has a place for one; add the line version =")
    filled = {name: text.replace(PLACE, version) for name, text in texts.items()}
    return msgspec.structs.replace(gateway, version=version, **filled)


def _check_agent(device: str, agent: Agent, place: str) -> None:
    if not is_device_id(device):
        raise ProvisionError(f"{place}: no device id; use 1 to 40 of a-z, 0-9 and '-'")
    for name in RESERVED:
        if name in agent.settings:
            raise ProvisionError(f"{place}.settings.{name}: is set by provisioning; remove it")
    if not isinstance(agent.settings.get("sources", {}), dict):
        raise ProvisionError(f"{place}.settings.sources: write a table of names and addresses")


def _placed(gateway: Gateway, folder: Path) -> Gateway:
    def place(name: str) -> str:
        return str(folder / Path(name).expanduser()) if name else ""

    tls = gateway.tls
    if tls is not None:
        tls = Tls(ca=place(tls.ca), cert=place(tls.cert), key=place(tls.key))
    files = {name: place(getattr(gateway, name)) for name in ("ca", "image_file", "build")}
    return msgspec.structs.replace(gateway, tls=tls, **files)
