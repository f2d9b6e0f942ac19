"""`lamplighter serve`: controller and API in one process, and the broker beside it."""

import dataclasses
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from lamplighter_controller.settings import ControllerSettings, load_settings
from lamplighter_wire.https.web_address import bind_address, in_address, is_loopback
from lamplighter_wire.machine.checkup import Result, look
from lamplighter_wire.machine.service_manager import (
    ServiceManager,
    forget_service_manager,
    service_manager,
)
from lamplighter_wire.words.printable import one_line, printable

from lamplighter_cli.errors import CommandError
from lamplighter_cli.options import default_data_dir

if TYPE_CHECKING:
    from lamplighter_controller.api.serving.certificate import ApiCertificate
    from lamplighter_controller.api.serving.door import Door
    from lamplighter_controller.bootstrap import Controller

EVERYWHERE = ("", "0.0.0.0")  # noqa: S104 - compared only
PRIVATE = 0o077  # whatever it writes is its user's alone
_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class _Formatter(logging.Formatter):
    """One line per record, and a traceback below it; `extra` follows as key=value."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        extra = [f"{k}={v}" for k, v in record.__dict__.items() if k not in _RECORD and v != ""]
        return printable(" ".join([line, *map(one_line, extra)]))


class _Pulse:
    """Tells the service manager when requests are answered, and then that decisions go on."""

    def __init__(
        self, manager: ServiceManager, goes_on: Callable[[float], bool], status: str
    ) -> None:
        self._manager, self._goes_on, self._status = manager, goes_on, status
        self._is_ready = False

    def each_second(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._manager.ready(self._status)
        if self._goes_on(self._manager.watchdog_s):
            self._manager.alive()


def serve(
    data: Annotated[
        Path | None, typer.Option(file_okay=False, help="Where everything is kept; default: var.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address that API and broker listen on.")] = None,
    advertise: Annotated[
        str | None, typer.Option(help="Name under which devices reach this machine.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the API; 0: any free one.")
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Certificate of the API from outside (PEM); default: one of our own.",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The key to --certificate (PEM)."),
    ] = None,
    plain_http: Annotated[
        bool,
        typer.Option(
            "--plain-http",
            help="No TLS for the API beyond this machine, too: others on the way read tokens.",
        ),
    ] = False,
    broker_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the broker; 0: any free one.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="URL of the database; default: SQLite in the data folder.")
    ] = None,
    stop_broker: Annotated[
        bool,
        typer.Option(
            "--stop-broker", help="The broker ends with the controller; else it stays up."
        ),
    ] = False,
    executor: Annotated[
        str | None,
        typer.Option(help="dask://HOST:PORT of who builds; default: processes of this machine."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="TOML file with settings.")
    ] = None,
) -> None:
    """Run the controller until it is stopped (Ctrl-C or SIGTERM)."""
    overrides = {
        "data_dir": data or (None if config else default_data_dir()),
        "api_host": host,
        "broker_bind": host,
        "api_port": port,
        "api_cert": certificate and str(certificate),
        "api_key": key and str(key),
        "api_plain": plain_http or None,
        "broker_port": broker_port,
        "database_url": database,
        "stop_broker": stop_broker or None,
        "executor": executor,
    }
    if advertise:
        overrides["public_names"] = advertise
    settings = _reachable(load_settings(config, overrides=overrides))
    os.umask(PRIVATE)
    _log_to_stderr(settings.log_level)
    # The server hands the signal back when it has ended; the rest is then closed in order.
    signal.signal(signal.SIGTERM, _interrupt)
    _run(settings)


def _reachable(settings: ControllerSettings) -> ControllerSettings:
    """With the name that devices are told, after a look whether that can work.

    Where it listens beyond this machine and no name is given, it is the address that it listens on,
    or the one under which others would most likely reach it.

    Raises:
        CommandError: no device could connect.
    """
    if settings.broker_url:  # its broker's own address is told
        return settings
    from lamplighter_controller.checkup.reachability import (
        ADVERTISE,
        outward_address,
        own_addresses,
        reach_findings,
        resolved,
    )
    from lamplighter_controller.link.mosquitto import ANYWHERE

    host, named = settings.broker_bind, settings.public_names
    if named == ControllerSettings().public_names and not is_loopback(host):
        told = outward_address() if host in ANYWHERE else host
        if not told:
            raise CommandError(f"no address of this machine leads to others; {ADVERTISE}")
        settings = dataclasses.replace(settings, public_names=[told, *named])
    for finding in reach_findings(host, settings.public_names[0], own_addresses(), resolved):
        text = f"{finding.looked_at}: {finding.found}"
        if finding.result is Result.FAILED:
            raise CommandError(f"{text}; {finding.mend}")
        if finding.result is Result.WARNING:
            typer.echo(f"warning: {text}; {finding.mend}", err=True)
    return settings


def _run(settings: ControllerSettings) -> None:
    from lamplighter_controller.api.app import create_app
    from lamplighter_controller.api.metrics.own_address import MetricsServer
    from lamplighter_controller.api.serving.certificate import make_certificate
    from lamplighter_controller.api.serving.server import HttpServer
    from lamplighter_controller.bootstrap import bootstrap
    from lamplighter_controller.checkup.doctor import checks_of

    manager = service_manager(os.environ)
    forget_service_manager(os.environ)
    door = _listen(settings.api_host, settings.api_port, "--port")
    metrics_door = _metrics_door(settings)
    metrics: MetricsServer | None = None
    controller = bootstrap(settings)
    try:
        certificate = make_certificate(settings, controller.authority)
        controller.start()
        app = create_app(
            controller.services,
            recipes=controller.recipes,
            counters=lambda: controller.counters() | {"connections": door.counts()},
            checkup=lambda: look(checks_of(settings)),
        )
        if metrics_door is not None:
            metrics = MetricsServer(app.state.exposition, metrics_door)
            metrics.start()
        url = _announce(controller, certificate, door.getsockname()[1])
        typer.echo(f"lamplighter is up: {url}, broker on port {controller.broker.port}")
        _say_where(controller, certificate is not None, door.getsockname()[1])
        pulse = _Pulse(manager, controller.services.queue.goes_on, f"the API is at {url}")
        refused = controller.services.refusals.note_stranger
        HttpServer(app, door, certificate, pulse.each_second, refused).serve_until_stopped()
    except KeyboardInterrupt:
        typer.echo("stopping")
    finally:
        manager.stopping()
        if metrics is not None:
            metrics.close()
        controller.close()
        door.close()
    if not (settings.stop_broker or settings.broker_url):
        typer.echo("the broker stays up for the devices; to end it: lamplighter broker stop")


def _announce(controller: "Controller", certificate: "ApiCertificate | None", port: int) -> str:
    """Leave word of where the API is; the address for commands on this machine."""
    host = _name(controller.settings.api_host)
    if certificate is None:
        controller.announce(url := f"http://{host}:{port}")
        return url
    url = f"https://{host}:{port}"
    controller.announce(url, str(certificate.ca), certificate.server_name)
    return url


def _say_where(controller: "Controller", has_tls: bool, port: int) -> None:
    """What devices of other machines are told, and which ports lead there."""
    settings = controller.settings
    if settings.broker_url or is_loopback(settings.broker_bind):
        return
    told, broker = in_address(settings.public_names[0]), controller.broker.port
    api = f"{'https' if has_tls else 'http'}://{told}:{port}"
    typer.echo(f"devices enrol at {api}, then speak to {told}:{broker}")
    typer.echo(f"a firewall must let TCP {port} and {broker} in; to look again: lamplighter doctor")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _metrics_door(settings: ControllerSettings) -> "Door | None":
    """Where `/metrics` is told to whoever asks.

    Raises:
        SettingsError: the setting is no address.
        CommandError: it cannot be listened on.
    """
    if not settings.metrics_bind:
        return None
    host, port = bind_address(settings.metrics_bind, "metrics_bind")
    door = _listen(host, port, "metrics_bind")
    if not is_loopback(host):
        typer.echo("warning: whoever reaches metrics_bind reads the fleet's figures", err=True)
    typer.echo(f"metrics are at http://{_name(host)}:{door.getsockname()[1]}/metrics")
    return door


def _listen(host: str, port: int, option: str) -> "Door":
    from lamplighter_controller.api.serving.server import open_door
    from lamplighter_controller.link.mosquitto import listen_text

    try:
        return open_door(host, port)
    except OSError as error:
        raise CommandError(listen_text(host, port, error, option)) from error


def _name(host: str) -> str:
    """As it stands in an address for this machine's commands."""
    if host == "::":
        return in_address("::1")
    return "127.0.0.1" if host in EVERYWHERE else in_address(host)


def _log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Migrations and HTTP requests at every start say nothing that an operator needs.
    for name in ("alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
