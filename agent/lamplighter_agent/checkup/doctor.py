"""All checks of a device, in the order in which one thing needs another."""

from collections.abc import Iterable
from functools import partial

from lamplighter_wire.machine.checkup import Check, Finding
from lamplighter_wire.machine.clock_check import check_clock
from lamplighter_wire.machine.place_checks import disk_findings, folder_findings, secret_findings

from lamplighter_agent.checkup.broker_checks import check_controller, check_identity
from lamplighter_agent.checkup.camera_checks import check_cameras
from lamplighter_agent.checkup.device_checks import check_memory, check_running, check_runtimes
from lamplighter_agent.settings import AgentSettings

# Chunks and slots of one variant; to be at ease, twice what the chunk store may hold.
LEAST_MB, MB = 50, 1_000_000


def checks_of(settings: AgentSettings, *, is_installed: bool) -> dict[str, Check]:
    """Name -> check.

    Args:
        is_installed: it should be enrolled and running; else only what serving will need counts.
    """
    state = settings.state_dir
    good_mb = 2 * settings.chunk_store_bytes // MB
    fit: dict[str, Check] = {
        "folder": partial(folder_findings, state, "--state-dir"),
        "disk": partial(disk_findings, state, LEAST_MB, good_mb),
        "clock": check_clock,
        "memory": partial(check_memory, settings),
        "camera": partial(check_cameras, settings),
        "identity": partial(check_identity, settings, is_installed),
        "controller": partial(check_controller, settings),
    }
    if not is_installed:
        return fit
    return fit | {
        "secrets": partial(_check_secrets, settings),
        "runtime": check_runtimes,
        "agent": partial(check_running, settings),
    }


def _check_secrets(settings: AgentSettings) -> Iterable[Finding]:
    return secret_findings(sorted((settings.state_dir / "identity").glob("*.key")))
