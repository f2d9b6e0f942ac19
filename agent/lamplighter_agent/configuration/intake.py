"""Which configurations are taken: signed, meant for this device, newer, and fit for it."""

import logging
from collections.abc import Callable

from lamplighter_wire.enums import EventKind, Severity
from lamplighter_wire.errors import SettingsError, SignatureError, WireError, os_error_text
from lamplighter_wire.messages import Configuration, Configured, Envelope
from lamplighter_wire.words import device_events

from lamplighter_agent.configuration.in_force import (
    SettingsInForce,
    refused,
    settings_in_force,
)
from lamplighter_agent.configuration.kept_configuration import KeptConfiguration
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)


def at_start(own: AgentSettings, kept: KeptConfiguration) -> tuple[SettingsInForce, Configured]:
    """What counts before anything is heard, and what is told of it."""
    nothing, ordered = SettingsInForce(own), kept.read()
    if ordered is None:
        return nothing, nothing.configured
    try:
        in_force = settings_in_force(own, ordered)
    except SettingsError as error:  # the owner has set something else since
        log.warning("configuration %d is not in force: %s", ordered.version, error)
        return nothing, refused(nothing, ordered.version, str(error))
    return in_force, in_force.configured


class ConfigurationIntake:
    """Takes them one by one on the reporter's thread, each as a whole or not at all.

    Args:
        own: the device's own settings.
        configured: what is told of the start; a version that was refused there counts as seen.
        adopt: lets all that goes by settings follow; returns at once.
        tell: says what is in force, and what was refused.
    """

    def __init__(
        self,
        own: AgentSettings,
        in_force: SettingsInForce,
        configured: Configured,
        kept: KeptConfiguration,
        adopt: Callable[[SettingsInForce], None],
        tell: Callable[[Configured, AgentSettings], None],
        reporter: Reporter,
    ) -> None:
        self._own, self._in_force, self._kept = own, in_force, kept
        self._adopt, self._tell, self._reporter = adopt, tell, reporter
        self._newest = max(in_force.version, configured.refused)  # that was taken or refused
        self._unbelieved: Envelope | None = None

    def receive(self, envelope: Envelope) -> None:
        """Returns at once: it is called on the transport's thread."""
        self._reporter.later(lambda: self._take(envelope))

    def again(self) -> None:
        """Other keys count now: what none of the former ones had signed is looked at once more."""
        envelope, self._unbelieved = self._unbelieved, None
        if envelope is not None:
            self.receive(envelope)

    def _take(self, envelope: Envelope) -> None:
        try:
            ordered = self._kept.open(envelope)
        except WireError as error:
            self._unbelieved = envelope if isinstance(error, SignatureError) else None
            text = device_events.configuration_refused(0, f"they are not believed: {error}")
            self._reporter.event(EventKind.CONFIGURATION_REFUSED, Severity.WARNING, text, {})
            return
        if ordered.version < self._newest:
            log.warning("configuration %d is older than %d", ordered.version, self._newest)
        elif ordered.version > self._newest:  # retained, the same comes with each connection
            self._consider(ordered, envelope)

    def _consider(self, ordered: Configuration, envelope: Envelope) -> None:
        try:
            in_force = settings_in_force(self._own, ordered)
            self._kept.keep(envelope)
        except SettingsError as error:
            self._newest = ordered.version
            self._refuse(ordered, str(error))
        except OSError as error:
            self._refuse(ordered, f"it cannot be kept: {os_error_text(error)}")
        else:
            self._follow(in_force)

    def _follow(self, in_force: SettingsInForce) -> None:
        self._in_force, self._newest = in_force, in_force.version
        self._adopt(in_force)
        self._tell(in_force.configured, in_force.settings)
        text = device_events.configured(in_force.version)
        data = {"version": in_force.version}
        self._reporter.event(EventKind.CONFIGURED, Severity.INFO, text, data)

    def _refuse(self, ordered: Configuration, why: str) -> None:
        configured = refused(self._in_force, ordered.version, why)
        self._tell(configured, self._in_force.settings)
        text = device_events.configuration_refused(ordered.version, why)
        data = {"version": ordered.version}
        self._reporter.event(EventKind.CONFIGURATION_REFUSED, Severity.WARNING, text, data)
