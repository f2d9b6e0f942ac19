"""The texts of a bundle: unit, settings, pins and what a first boot runs."""

import hashlib
import json
import re
from functools import lru_cache
from importlib import resources
from pathlib import Path
from string import Template

from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.agent_file import agent_file
from lamplighter_provision.gateway.desired import PLACE, Gateway
from lamplighter_provision.gateway.present import STATE_DIR

MB = 1_000_000
DIGEST = "digest"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
AUTHORITY = "ca.pem"
UNIT = "lamplighter-agent.service"
PINNED = "{name}=={version} --hash=sha256:{digest}\n"


def texts(gateway: Gateway, device: str, arch: str, wheels: list[Path]) -> dict[str, str]:
    """File name -> content of all but the wheels and the token.

    Raises:
        ProvisionError: the gateway's file names no such device, or a setting is none.
    """
    if device not in gateway.agents:
        known = ", ".join(gateway.agents)
        raise ProvisionError(f"the file has no agent {device!r}; known: {known}")
    authority = gateway.authority()
    files = ({AUTHORITY: authority} if authority else {}) | {
        "install.sh": _template("install.sh"),
        "agent.toml": agent_file(device, gateway.agents[device], STATE_DIR),
        "requirements.txt": "".join(map(_pin, wheels)),
        "machine": MACHINES[arch] + "\n",
        "url": gateway.url + "\n",
        UNIT: unit(gateway, device),
        "cloud-init.yaml": Template(_template("cloud-init.yaml")).substitute(device=device),
    }
    return files | {DIGEST: _digest(files) + "\n"}


def digest_of(files: dict[str, str]) -> str:
    """By which a bundle is told from another; the token counts for nothing."""
    return files[DIGEST].strip()


def unit(gateway: Gateway, device: str) -> str:
    """The systemd unit of a device's agent, with the limits of the gateway's file."""
    agent, limits = gateway.agents[device], gateway.limits_of(device)
    return Template(_template(UNIT)).substitute(
        groups=" ".join(agent.groups),
        cpu_percent=round(limits.cpus * 100),
        memory_bytes=limits.memory_mb * MB,
        processes=limits.processes,
        devices="\n".join(f"DeviceAllow={path} rw" for path in agent.device_files),
    )


def wheels_for(folder: Path, arch: str) -> list[Path]:
    """The wheels that `make image` has put into its folder for a processor.

    Raises:
        ProvisionError: there are none.
    """
    found = [*(folder / "wheels/any").glob("*.whl"), *(folder / "wheels" / arch).glob("*.whl")]
    if arch not in MACHINES:
        raise ProvisionError(f"no processor {arch!r}; known: {', '.join(MACHINES)}")
    if not (folder / "wheels" / arch).is_dir() or not found:
        raise ProvisionError(f'{folder} has no wheels for {arch}; run: make image ARCHS="{arch}"')
    return sorted(found, key=lambda path: path.name)


def wheels_of(folder: Path) -> str:
    """The version of the agent whose wheels lie there; empty: none."""
    found = [path.name.split("-")[1] for path in (folder / "wheels/any").glob("lamplighter-*.whl")]
    return found[0] if found else ""


def wheels_folder(text: str, version: str) -> Path:
    """Where the wheels of a version lie, with it in the place that is left for it.

    Args:
        version: that is wanted; empty: whichever lies there.

    Raises:
        ProvisionError: those that lie there are of another one.
    """
    if PLACE in text and not version:
        raise ProvisionError(
            f"{text} has a place for a version; add the line version = to the file"
        )
    folder = Path(text.replace(PLACE, version))
    found = wheels_of(folder)
    if version and found != version:
        held = f"lamplighter {found}" if found else "no wheel of lamplighter"
        raise ProvisionError(
            f"{folder} holds {held}, and {version} is wanted; name another folder of `make image`"
            f" with --wheels, such as 'dist/image-{PLACE}'"
        )
    return folder


def _template(name: str) -> str:
    return (resources.files("lamplighter_provision.bundle") / "files" / name).read_text()


def _pin(wheel: Path) -> str:
    """A requirement that takes exactly this file."""
    name, version = re.split("-", wheel.name)[:2]
    digest = _wheel_digest(wheel, wheel.stat().st_mtime_ns)
    return PINNED.format(name=name.replace("_", "-"), version=version, digest=digest)


@lru_cache(1024)
def _wheel_digest(wheel: Path, _changed_at_ns: int) -> str:
    """Once for all devices that get it."""
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def _digest(files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
