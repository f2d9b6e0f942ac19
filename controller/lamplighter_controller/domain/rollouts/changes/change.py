"""What a rollout changes: one kind of value for each, in a file of its own."""

from lamplighter_controller.domain.rollouts.changes.agent_version import AgentChange
from lamplighter_controller.domain.rollouts.changes.model import ModelChange
from lamplighter_controller.domain.rollouts.changes.settings import SettingsChange
from lamplighter_controller.domain.rollouts.changes.street import StreetChange

Change = ModelChange | SettingsChange | StreetChange | AgentChange


def kind_of(change: Change) -> str:
    """Its word: model, settings, street or agent."""
    return str(type(change).__struct_config__.tag)
