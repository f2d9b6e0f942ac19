"""A container in the engine's words: what is sent to create one, and how one is read back. Pure.

Docker's own documents: https://docs.docker.com/reference/api/engine/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lamplighter_provision.gateway.present import (
    CONFIG_DIR,
    CPU_PERIOD_US,
    STATE_DIR,
    Container,
    Role,
    Shape,
    container_name,
)

LABEL_DEVICE, LABEL_ROLE = "lamplighter.device", "lamplighter.role"
LABEL_SETTINGS = "lamplighter.settings"
LABEL_OWES_ONLINE = "lamplighter.owes-online"
"""On a container that has to be connected, because what it takes the place of was."""
USER = "10001:10001"
NO_NEW_PRIVILEGES = "no-new-privileges"
STOP_S = 20
LOGS = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}


def creation(
    device: str, role: Role, shape: Shape, command: list[str], *, owes_online: bool = False
) -> dict[str, Any]:
    """The body of POST /containers/create. Neither settings nor token stand in it."""
    return {
        "Image": shape.image_id,
        "Cmd": command,
        "Hostname": device,
        "User": USER,
        "StopTimeout": STOP_S,
        "Labels": {
            LABEL_DEVICE: device,
            LABEL_ROLE: Role.ENROL.value if role is Role.ENROL else Role.AGENT.value,
            LABEL_SETTINGS: shape.settings_sha256,
            **({LABEL_OWES_ONLINE: "yes"} if owes_online else {}),
        },
        # Its own volume, which goes when the container goes.
        "Volumes": {CONFIG_DIR: {}},
        "HostConfig": _host_config(device, role, shape),
    }


def _host_config(device: str, role: Role, shape: Shape) -> dict[str, Any]:
    restarts = "no" if role is Role.ENROL else "unless-stopped"
    return {
        "Binds": [f"{container_name(device)}:{STATE_DIR}", *(f"{p}:{p}:ro" for p in shape.paths)],
        "CpuPeriod": CPU_PERIOD_US,
        "CpuQuota": shape.cpu_quota_us,
        "Memory": shape.memory_bytes,
        "MemorySwap": shape.memory_bytes,
        "PidsLimit": shape.processes,
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": [NO_NEW_PRIVILEGES],
        "Tmpfs": {"/tmp": f"size={shape.tmp_bytes},mode=1777,noexec,nosuid,nodev"},  # noqa: S108
        "Devices": [
            {"PathOnHost": path, "PathInContainer": path, "CgroupPermissions": "rw"}
            for path in shape.devices
        ],
        "GroupAdd": list(shape.groups),
        "NetworkMode": shape.network,
        "RestartPolicy": {"Name": restarts},
        "LogConfig": LOGS,
    }


def read_container(
    document: Mapping[str, Any], image_names: Sequence[str] = ()
) -> tuple[str, Role, Container]:
    """Device, role and facts of an inspected container of ours."""
    state, labels = document["State"], document["Config"]["Labels"]
    device, role = labels[LABEL_DEVICE], Role(labels[LABEL_ROLE])
    if document["Name"].lstrip("/") == container_name(device, Role.PREVIOUS):
        role = Role.PREVIOUS
    health = (state.get("Health") or {}).get("Status", "")
    container = Container(
        id=document["Id"],
        shape=_shape(document),
        running=state["Running"] and not state.get("Restarting", False),
        healthy={"healthy": True, "unhealthy": False}.get(health),
        restarts=document.get("RestartCount", 0),
        exit_code=state.get("ExitCode", 0),
        owes_online=LABEL_OWES_ONLINE in labels,
        image_names=tuple(image_names),
    )
    return device, role, container


def _shape(document: Mapping[str, Any]) -> Shape:
    host = document["HostConfig"]
    return Shape(
        image_id=document["Image"],
        settings_sha256=document["Config"]["Labels"].get(LABEL_SETTINGS, ""),
        cpu_quota_us=host.get("CpuQuota") or 0,
        memory_bytes=host.get("Memory") or 0,
        processes=host.get("PidsLimit") or 0,
        tmp_bytes=_tmp_bytes(host),
        network=host.get("NetworkMode") or "",
        devices=tuple(entry["PathOnHost"] for entry in host.get("Devices") or ()),
        groups=tuple(host.get("GroupAdd") or ()),
        paths=tuple(b.split(":")[0] for b in host.get("Binds") or () if b.endswith(":ro")),
        hardened=_is_hardened(document),
    )


def _tmp_bytes(host: Mapping[str, Any]) -> int:
    options = (host.get("Tmpfs") or {}).get("/tmp", "").split(",")  # noqa: S108
    sizes = [option.removeprefix("size=") for option in options if option.startswith("size=")]
    return int(sizes[0]) if sizes else 0


def _is_hardened(document: Mapping[str, Any]) -> bool:
    host = document["HostConfig"]
    return (
        document["Config"].get("User") == USER
        and host.get("CpuPeriod") == CPU_PERIOD_US
        and host.get("MemorySwap") == host.get("Memory")
        and bool(host.get("ReadonlyRootfs"))
        and not host.get("Privileged")
        and host.get("CapDrop") == ["ALL"]
        and not host.get("CapAdd")
        and any(o.startswith(NO_NEW_PRIVILEGES) for o in host.get("SecurityOpt") or ())
    )
