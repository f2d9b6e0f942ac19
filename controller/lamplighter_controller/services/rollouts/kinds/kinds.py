"""Which kind of change has which file."""

from collections.abc import Mapping
from typing import Any

from lamplighter_controller.domain.rollouts.changes.agent_version import AgentChange
from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.changes.settings import SettingsChange
from lamplighter_controller.domain.rollouts.changes.street import StreetChange
from lamplighter_controller.services.rollouts.kinds.agent_versions import AgentKind
from lamplighter_controller.services.rollouts.kinds.configured import SettingsKind, StreetKind
from lamplighter_controller.services.rollouts.kinds.kind import ChangeKind
from lamplighter_controller.services.rollouts.kinds.models import ModelKind


class Kinds:
    """All that there are."""

    def __init__(
        self, models: ModelKind, settings: SettingsKind, streets: StreetKind, agents: AgentKind
    ) -> None:
        self._kinds: Mapping[type[Any], ChangeKind[Any]] = {
            ModelChange: models,
            SettingsChange: settings,
            StreetChange: streets,
            AgentChange: agents,
        }

    def of(self, change: Change) -> ChangeKind[Any]:
        """What a change means for devices."""
        return self._kinds[type(change)]
