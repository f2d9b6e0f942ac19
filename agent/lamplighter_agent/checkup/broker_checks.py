"""Whether this device can speak to its controller: identity, certificate, broker, clocks."""

import email.utils
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from lamplighter_wire.errors import TransportError, WireError
from lamplighter_wire.https.trouble import tls_trouble
from lamplighter_wire.https.trust import trusting
from lamplighter_wire.https.web_address import in_address, is_loopback, opener
from lamplighter_wire.machine.checkup import Finding, failed, ok, skipped, warning
from lamplighter_wire.machine.road_checks import road_trouble
from lamplighter_wire.transport.handshake import shake_hands

from lamplighter_agent.errors import EnrolError
from lamplighter_agent.link.identity import Identity, load_identity, read_record
from lamplighter_agent.settings import AgentSettings

HEALTH_PATH = "/api/v1/health"
ASK_S = 10.0
# Certificates are renewed 90 days before they end, and looked at once a day.
SOON_S = 60 * 86400.0
# More between two clocks makes what a device reports hard to read.
MOST_APART_S = 60.0
ENROL = "lamplighter-agent enrol --url https://CONTROLLER:8080 --token -"


def check_identity(settings: AgentSettings, is_needed: bool) -> Iterable[Finding]:
    """Who this device is, and how long its certificate holds; then its broker, as it will use it.

    Args:
        is_needed: whether a device that is not enrolled is a failure.
    """
    place = str(settings.state_dir / "identity")
    try:
        identity = load_identity(settings.state_dir)
    except EnrolError as error:
        say = failed("identity", place, str(error).partition(";")[0], ENROL)
        yield say if is_needed else skipped("identity", place, "not enrolled yet")
        return
    yield _certificate(identity, place)
    yield _broker(settings, identity)


def _certificate(identity: Identity, place: str) -> Finding:
    left_s = identity.ends_at - time.time()
    if not identity.ends_at:
        return ok("identity", place, f"{identity.device}")
    ends = datetime.fromtimestamp(identity.ends_at, UTC).strftime("%Y-%m-%d")
    if left_s < 0:
        mend = f"set the clock if it is wrong, else enrol again: {ENROL}"
        return failed("identity", place, f"{identity.device}, its certificate ended {ends}", mend)
    if left_s < SOON_S:
        found = f"{identity.device}, its certificate ends {ends} and was not renewed"
        mend = "look at its events at the controller; without a connection it cannot be renewed"
        return warning("identity", place, found, mend)
    return ok("identity", place, f"{identity.device}, its certificate holds until {ends}")


def _broker(settings: AgentSettings, identity: Identity) -> Finding:
    host = settings.broker_host or identity.broker_host
    port = settings.broker_port or identity.broker_port
    place = f"{host} port {port}"
    try:
        shake_hands(host, port, identity.tls)
    except TransportError as error:
        cause = error.__cause__
        if not isinstance(cause, OSError):
            mend = "is the device retired? else enrol again"
            return failed("broker", place, "it does not take this device's certificate", mend)
        return failed("broker", place, *_broker_trouble(host, port, cause))
    return ok("broker", place, "it takes this device's certificate")


def _broker_trouble(host: str, port: int, cause: OSError) -> tuple[str, str]:
    if is_loopback(host):
        found, mend = road_trouble(host, port, cause)
        return found, (
            f"{mend}. Where the controller is another machine it told its devices a loopback"
            " address: start it with --advertise NAME, then enrol again"
        )
    trouble = tls_trouble(cause, f"mqtts://{in_address(host)}")
    if trouble:
        found, _, mend = trouble.partition("; ")
        return found, mend or "enrol again"
    return road_trouble(host, port, cause)


def check_controller(settings: AgentSettings) -> Iterable[Finding]:
    """Whether the controller's API answers, and how far its clock is from ours.

    Serving needs neither: only enrolment speaks to the API.
    """
    record = read_record(settings.state_dir)
    url = record.url if record and record.url else settings.url
    authority = settings.state_dir / "identity" / "ca.pem"
    if record is None and url == AgentSettings().url:
        yield skipped("controller", "", "no address is known before it is enrolled")
        return
    try:
        pem = authority.read_text() if authority.exists() else ""
        address = url.rstrip("/") + HEALTH_PATH
        with opener(address, trusting(pem)).open(address, timeout=ASK_S) as answer:
            told = answer.headers.get("Date", "")
    except (OSError, ValueError, WireError) as error:
        trouble = tls_trouble(error, url) or str(getattr(error, "reason", error))
        mend = "only enrolment needs it; check address, network and firewall"
        yield warning("controller", url, trouble, mend)
        return
    yield from _clocks(url, told)


def _clocks(url: str, told: str) -> Iterable[Finding]:
    try:
        apart_s = time.time() - email.utils.parsedate_to_datetime(told).timestamp()
    except (TypeError, ValueError):
        yield ok("controller", url, "it answers")
        return
    if abs(apart_s) > MOST_APART_S:
        word = "ahead of" if apart_s > 0 else "behind"
        found = f"it answers; this clock is {abs(apart_s):.0f} s {word} its clock"
        yield warning("controller", url, found, "set both from the network: timedatectl set-ntp 1")
    else:
        yield ok("controller", url, f"it answers, and its clock is {abs(apart_s):.0f} s from ours")
