"""What a controller may tell a device to do."""

import logging
from collections.abc import Callable, Mapping
from functools import partial

from lamplighter_wire.messages import Command

from lamplighter_agent.link.reporter import Reporter

log = logging.getLogger(__name__)


class CommandHandler:
    """Carries commands out on the reporter's thread; a kind without an action is left out, and so
    is what is meant for another `run` of the agent."""

    def __init__(
        self,
        reporter: Reporter,
        actions: Mapping[str, Callable[[Command], None]],
        run: str = "",
    ) -> None:
        self._reporter, self._actions, self._run = reporter, actions, run

    def receive(self, command: Command) -> None:
        """Returns at once: it is called on the transport's thread."""
        log.info("command %s", command.kind)
        action = self._actions.get(command.kind)
        is_meant = command.data.get("run", self._run) == self._run
        if action is not None and is_meant:
            self._reporter.later(partial(action, command))
