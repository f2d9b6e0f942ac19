"""All checks of a controller's machine, in the order in which one thing needs another."""

from collections.abc import Iterable
from functools import partial

from lamplighter_wire.machine.checkup import Check, Finding
from lamplighter_wire.machine.clock_check import check_clock
from lamplighter_wire.machine.place_checks import disk_findings, folder_findings, secret_findings

from lamplighter_controller.checkup.data_checks import (
    check_broker_program,
    check_building,
    check_certificates,
    check_database,
    check_rotations,
)
from lamplighter_controller.checkup.port_checks import firewall_findings, port_findings
from lamplighter_controller.checkup.reachability import own_addresses, reach_findings, resolved
from lamplighter_controller.checkup.standing import Standing, standing_of
from lamplighter_controller.settings import ControllerSettings

# For a database and the variants of one build; below the second the controller keeps less detail.
LEAST_MB, GOOD_MB = 500, 5000


def checks_of(settings: ControllerSettings) -> dict[str, Check]:
    """Name -> check."""
    standing, data = standing_of(settings), settings.data_dir
    checks: dict[str, Check] = {
        "folder": partial(folder_findings, data, "--data"),
        "disk": partial(disk_findings, data, LEAST_MB, GOOD_MB),
        "clock": check_clock,
        "secrets": partial(_check_secrets, settings),
        "certificates": partial(check_certificates, settings),
        "rotation": partial(check_rotations, settings),
        "database": partial(check_database, settings),
        "mosquitto": partial(check_broker_program, settings),
        "building": partial(check_building, settings),
        "API": partial(
            port_findings,
            "API",
            standing.api_host,
            standing.api_port,
            "--port",
            standing.is_running,
        ),
    }
    if settings.broker_url:
        return checks
    return checks | {
        "broker": partial(
            port_findings, "broker", standing.broker_host, standing.broker_port, "--broker-port",
            standing.is_running,
        ),
        "reach": partial(reach_of, standing),
        "firewall": partial(
            firewall_findings, standing.broker_host, (standing.api_port, standing.broker_port)
        ),
    }  # fmt: skip


def reach_of(standing: Standing) -> Iterable[Finding]:
    """Whether devices reach it under the name that they are told."""
    return reach_findings(standing.broker_host, standing.told, own_addresses(), resolved)


def _check_secrets(settings: ControllerSettings) -> Iterable[Finding]:
    data = settings.data_dir
    return secret_findings([*sorted(data.glob("pki/**/*.key")), data / "admin.token"])
