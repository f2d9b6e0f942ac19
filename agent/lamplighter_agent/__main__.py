"""`lamplighter-agent enrol | run | check | doctor | probe | status | health | completion`.

Exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 not enrolled or refused, 4 (status) no
known-good model, 70 a fault of the agent itself, 130 and 143 stopped by Ctrl-C and SIGTERM.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_wire.command_line.edge import MEANINGS, Ending, run_command
from lamplighter_wire.command_line.given_paths import given_path
from lamplighter_wire.command_line.given_secrets import (
    STANDARD_INPUT,
    hide_arguments,
    read_secret,
)
from lamplighter_wire.errors import SettingsError, TaskError, WireError, os_error_text

from lamplighter_agent.errors import AgentError, EnrolError
from lamplighter_agent.settings import ONVIF, AgentSettings, load_settings

if TYPE_CHECKING:
    from lamplighter_wire.joining.links import EnrolLink

    from lamplighter_agent.agent import Agent

OK, FAILED, WRONG_USE, NOT_ENROLLED, NOTHING_SERVED = 0, 1, 2, 3, 4
CHECK_S = 1.0
EXIT_CODES = (OK, FAILED, WRONG_USE, NOT_ENROLLED, NOTHING_SERVED, *MEANINGS)
# For an event to be kept before the agent starts anew.
TELL_S = 1.0
TOKEN_VARIABLE = "LAMPLIGHTER_ENROL_TOKEN"  # noqa: S105 - its name
SOURCE_HELP = (
    "camera (rtsp://…, onvif://HOST, /dev/video0), clip or folder, in place of the setting `source`"
)
CHECKUPS = (
    ("check", "look whether this device can serve, before it is enrolled or after", False),
    ("doctor", "look at an installation, and say what to mend", True),
)
PRIVATE = 0o077  # whatever it writes is its user's alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    if arguments is None:
        for option in ("--token", "--code"):
            hide_arguments(option, sys.argv)
        os.umask(PRIVATE)
    args = parser().parse_args(arguments)
    return run_command("lamplighter-agent", lambda: _command(args), ending_of)


def ending_of(error: Exception) -> Ending | None:
    """How an error of the agent's own ends a command. None: it is none of these."""
    match error:
        case SettingsError() | TaskError():
            return Ending(WRONG_USE, str(error))
        case EnrolError():
            return Ending(NOT_ENROLLED, str(error))
        case AgentError() | WireError():
            return Ending(FAILED, str(error))
    return None


def _command(args: argparse.Namespace) -> int:
    if args.command is _completion:  # it needs no settings, which may be for others to read
        return int(args.command(args))
    named = {name: getattr(args, name, None) for name in ("device", "source")}
    overrides = {"state_dir": args.state_dir} | named
    return int(args.command(load_settings(args.config, overrides=overrides), args))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="lamplighter-agent", description="Lamplighter's device side")
    top.add_argument("--version", action="version", version=f"lamplighter-agent {_version()}")
    top.add_argument("--config", type=given_path, help="settings file (TOML)")
    top.add_argument("--state-dir", type=given_path, help="folder of everything the agent keeps")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    enrol = commands.add_parser("enrol", help="get an identity from the controller")
    enrol.add_argument("--url", help="address of the controller's API")
    token = enrol.add_mutually_exclusive_group()
    token.add_argument(
        "--token", help="the operator's one-time token; -: from standard input; @FILE: from a file"
    )
    token.add_argument("--token-file", type=given_path, help="file that holds the token")
    token.add_argument(
        "--code", nargs="?", const="-", help="a short code; without a value it is asked for"
    )
    token.add_argument(
        "--claim",
        action="store_true",
        help="without any: ask, show a fingerprint, and wait until an operator has accepted",
    )
    enrol.add_argument(
        "--ca", type=given_path, help="authority (PEM) of the certificate at an https address"
    )
    enrol.add_argument("--device", help="id to ask for; default: from the host name")
    enrol.set_defaults(command=_enrol)
    run = commands.add_parser("run", help="serve until stopped")
    run.add_argument("--source", help=SOURCE_HELP)
    run.set_defaults(command=_run)
    probe = commands.add_parser("probe", help="measure what this device is worth")
    probe.add_argument("--json", action="store_true", help="as JSON")
    probe.set_defaults(command=_probe)
    status = commands.add_parser("status", help="what the device serves and how it stands")
    status.add_argument("--json", action="store_true", help="as JSON")
    status.set_defaults(command=_status)
    for name, text, is_installed in CHECKUPS:
        checkup = commands.add_parser(name, help=text)
        checkup.add_argument("--source", help=SOURCE_HELP)
        checkup.add_argument("--json", action="store_true", help="as JSON")
        checkup.set_defaults(command=_doctor, is_installed=is_installed)
    health = commands.add_parser("health", help="whether the running agent gives signs of life")
    health.set_defaults(command=_health)
    completion = commands.add_parser("completion", help="print what lets a shell complete these")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    completion.set_defaults(command=_completion)
    return top


def _completion(args: argparse.Namespace) -> int:
    from lamplighter_wire.command_line.completion import completion_script

    print(completion_script(parser(), args.shell), end="")
    return OK


def _enrol(settings: AgentSettings, args: argparse.Namespace) -> int:
    from lamplighter_agent.link.claims import enrol_by_claim
    from lamplighter_agent.link.enrolment import enrol, enrol_by_code

    ca = args.ca or (Path(settings.url_ca) if settings.url_ca else None)
    url, device = args.url or settings.url, settings.device
    if args.claim:
        identity = enrol_by_claim(url, settings.state_dir, device, ca, tell=_tell)
    elif args.code is not None:
        identity = enrol_by_code(url, _read_code(args.code), settings.state_dir, device, ca)
    else:
        link = _given_link(args, url, device)
        identity = enrol(link.url, link.token, settings.state_dir, link.device, ca)
    broker = f"{identity.broker_host}:{identity.broker_port}"
    print(f"enrolled as {identity.device}, broker {broker}")
    return OK


def _given_link(args: argparse.Namespace, url: str, device: str) -> "EnrolLink":
    """Token, address and id; the text of a scanned code has all three, the first given wins."""
    from lamplighter_wire.joining.links import EnrolLink, is_link, read_link

    given = args.token or os.environ.get(TOKEN_VARIABLE, "")
    token = _read_token(args.token_file) if args.token_file else read_secret(given)
    if not token:
        raise SettingsError(
            f"no token: give --token-file FILE, --token -, --code or --claim, or {TOKEN_VARIABLE}"
        )
    if not is_link(token):
        return EnrolLink(url, device, token)
    link = read_link(token)
    return EnrolLink(args.url or link.url, device or link.device, link.token)


def _tell(text: str) -> None:
    print(text, flush=True)


def _read_code(given: str) -> str:
    if given == STANDARD_INPUT and sys.stdin.isatty():
        print("code: ", end="", file=sys.stderr, flush=True)
    return read_secret(given)


def _read_token(path: Path) -> str:
    """A token that no list of processes shows."""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        words = os_error_text(error, path) if isinstance(error, OSError) else f"{path} is no text"
        raise EnrolError(f"--token-file: {words}") from error


def _run(settings: AgentSettings, args: argparse.Namespace | None) -> int:
    from lamplighter_wire.command_line.shown_addresses import concealing
    from lamplighter_wire.files import keep_private
    from lamplighter_wire.machine.service_manager import service_manager

    from lamplighter_agent.bootstrap import STATE_FILES, bootstrap
    from lamplighter_agent.link.identity import load_identity
    from lamplighter_agent.logs import set_up_logging

    identity = load_identity(settings.state_dir)
    settings = settings.with_camera(identity.camera)
    conceal = concealing(settings.camera_addresses)
    recent = set_up_logging(identity.device, settings.log_level, conceal)
    keep_private(settings.state_dir, STATE_FILES)
    if args is not None and args.source:
        _look_at(settings)
    agent, manager = bootstrap(settings, recent.lines), service_manager(os.environ)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    agent.start()
    manager.ready(f"serves {len(settings.streams)} camera(s)")
    while not stop.wait(CHECK_S):
        if not agent.look_after():
            _start_anew(agent)
        if not agent.alive:
            print("a thread of the agent has ended; see the log", file=sys.stderr)
            agent.runner.stop(on_purpose=False)  # perhaps the candidate's fault: it counts
            agent.stop()
            return FAILED
        _beat(settings, agent.session.state.value)
        if agent.serves_within(manager.watchdog_s):
            manager.alive()
    manager.stopping()
    agent.stop()
    return OK


def _look_at(settings: AgentSettings) -> None:
    """Somebody has just typed its name: what can never be opened is said at once.

    Raises:
        SourceError: there is no such clip, or it is none.
    """
    from lamplighter_wire.clock import SystemClock

    from lamplighter_agent.camera.live.source import LIVE_PREFIXES
    from lamplighter_agent.camera.recorded import open_source
    from lamplighter_agent.device.camera_options import camera_options

    if not settings.source.startswith((ONVIF, *LIVE_PREFIXES)):  # a camera may come later
        open_source(settings.source, SystemClock(), camera_options(settings, "")).close()


def _beat(settings: AgentSettings, state: str) -> None:
    if settings.heartbeat_file:
        from lamplighter_agent.device.heartbeat import beat

        beat(Path(settings.heartbeat_file), state)


def _health(settings: AgentSettings, _args: argparse.Namespace) -> int:
    from lamplighter_agent.device.heartbeat import read_heartbeat

    if not settings.heartbeat_file:
        raise SettingsError("heartbeat_file is not set: the agent leaves no sign of life")
    print(read_heartbeat(Path(settings.heartbeat_file)).state)
    return OK


def _start_anew(agent: "Agent") -> None:
    """The same command in this process's place: nothing else ends a thread that hangs.

    The state is on the disk at any time; what was to be told is given a moment to get there.
    """
    agent.runner.stop(on_purpose=False)  # perhaps the candidate's fault: it counts
    time.sleep(TELL_S)
    logging.shutdown()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command


def _probe(settings: AgentSettings, args: argparse.Namespace) -> int:
    import msgspec

    from lamplighter_agent.device.kept_files import KeptFiles
    from lamplighter_agent.device.probe import run_probe
    from lamplighter_agent.device.working_runtimes import working_runtimes
    from lamplighter_agent.runtimes.installed import installed_runtimes

    working = working_runtimes(installed_runtimes(), KeptFiles(settings.state_dir))
    probe = run_probe(settings, working)
    if args.json:
        print(msgspec.json.encode(probe).decode())
        return OK
    runtime = ""
    for entry in probe.entries:
        if entry.runtime != runtime:
            runtime = entry.runtime
            print(f"{runtime}:")
        print(
            f"  {entry.name:16} {entry.latency_p50_ms:8.3f} ms  p95 {entry.latency_p95_ms:8.3f} ms"
        )
    print(f"{probe.seconds:.1f} s, {probe.threads} thread(s)")
    return OK


def _doctor(settings: AgentSettings, args: argparse.Namespace) -> int:
    from lamplighter_wire.machine.checkup import Finding, has_failed, lines_of, look, summary

    from lamplighter_agent.checkup.doctor import checks_of
    from lamplighter_agent.link.identity import registered_camera

    settings = settings.with_camera(registered_camera(settings.state_dir))

    def say(finding: Finding) -> None:
        if not args.json:
            print("\n".join(lines_of(finding)), flush=True)

    logging.disable(logging.WARNING)  # each trouble is a finding
    findings = look(checks_of(settings, is_installed=args.is_installed), say)
    if args.json:
        _print_json(findings)
    else:
        print(summary(findings))
    return FAILED if has_failed(findings) else OK


def _print_json(document: object) -> None:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def _status(settings: AgentSettings, args: argparse.Namespace) -> int:
    status = _read_status(settings)
    if args.json:
        print(json.dumps(status))
    else:
        for key, value in status.items():
            print(f"{key:12} {value if not isinstance(value, list) else ', '.join(value) or '-'}")
    return OK if status["serves"] else NOTHING_SERVED


def _read_status(settings: AgentSettings) -> dict[str, Any]:
    from lamplighter_agent.bootstrap import journal_path
    from lamplighter_agent.deployment.journal import Journal
    from lamplighter_agent.deployment.runner import resident
    from lamplighter_agent.deployment.state_machine import Phase
    from lamplighter_agent.link.identity import load_identity

    identity = load_identity(settings.state_dir)
    record = Journal(journal_path(settings.state_dir)).load()
    machine, desired = record.machine, record.desired
    on_trial = machine.phase is Phase.PROBATION and desired is not None
    serves = desired.primary if on_trial and desired else record.known_good
    point = serves.point if serves else None
    return {
        "device": identity.device,
        "phase": machine.phase.value,
        "revision": machine.revision,
        "reason": machine.reason,
        "detail": machine.detail,
        "serves": f"{point.variant} at {point.width}x{point.height}" if point else "",
        "resident": resident(record),
        "cameras": _cameras(settings),
    }


def _cameras(settings: AgentSettings) -> list[str]:
    """What each gives, or why it gives nothing, as the agent last saw."""
    from lamplighter_agent.device.kept_files import KeptFiles

    kept = KeptFiles(settings.state_dir)
    known, troubles = kept.cameras(), kept.camera_troubles()
    told = {
        name: f"{facts.width}x{facts.height}, {facts.fps:g} frames/s"
        for name, facts in known.items()
    } | {name: trouble for name, trouble in troubles.items() if trouble}
    return [f"{name}: {text}" if name else text for name, text in sorted(told.items())]


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("lamplighter")
    except metadata.PackageNotFoundError:
        return "unknown"


if __name__ == "__main__":
    sys.exit(main())
