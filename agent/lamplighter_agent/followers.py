"""Everything of a running agent that goes by settings which may change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamplighter_agent.configuration.in_force import SettingsInForce
from lamplighter_agent.deployment.owner_limits import OwnerLimits
from lamplighter_agent.deployment.runner import Runner
from lamplighter_agent.inference.serve_loop import ServeLoop
from lamplighter_agent.logs import set_log_level
from lamplighter_agent.settings import AgentSettings

Follow = Callable[[AgentSettings], None]


@dataclass(frozen=True)
class Followers:
    """Serve loops follow between two windows, everything else at once."""

    serve_loops: Sequence[ServeLoop]
    runner: Runner
    others: Sequence[Follow]

    def adopt(self, in_force: SettingsInForce) -> None:
        """Returns at once."""
        settings = in_force.settings
        self.runner.follow_owner(OwnerLimits(settings.threads, settings.power_budget_w))
        for follow in self.others:
            follow(settings)
        for loop in self.serve_loops:
            loop.adopt(in_force)
        set_log_level(settings.log_level)
