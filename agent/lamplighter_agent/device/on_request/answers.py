"""All that a device gives when it is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Command
from lamplighter_wire.policy import log_limits

from lamplighter_agent.device.on_request.log_sharing import Logged, LogSharing
from lamplighter_agent.device.picture_sharing import PictureSharing
from lamplighter_agent.device.stills.still_sharing import StillSharing
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.link.session import Session
from lamplighter_agent.settings import AgentSettings

# Nobody waits longer for one.
STILL_EXPIRY_S = 10
LOG_EXPIRY_S = int(log_limits.ANSWER_WITHIN_S)


@dataclass(frozen=True)
class Answers:
    """Each takes its own orders; pictures and stills are offered frames besides."""

    pictures: PictureSharing
    stills: StillSharing
    log: LogSharing

    @property
    def actions(self) -> dict[str, Callable[[Command], None]]:
        """By kind of command."""
        return {
            CommandKind.PICTURES: self.pictures.receive,
            CommandKind.STILL: self.stills.receive,
            CommandKind.LOG: self.log.receive,
        }


def answers(
    settings: AgentSettings,
    clock: Clock,
    session: Session,
    reporter: Reporter,
    logged: Logged,
) -> Answers:
    """Nothing is kept: what cannot be sent at once is not sent. `logged`: what the log says."""
    return Answers(
        PictureSharing(settings, clock, lambda one: session.send_now("picture", one), reporter),
        StillSharing(
            settings, clock, lambda one: session.send_now("still", one, STILL_EXPIRY_S), reporter
        ),
        LogSharing(settings, clock, lambda one: session.send_now("log", one, LOG_EXPIRY_S), logged),
    )
