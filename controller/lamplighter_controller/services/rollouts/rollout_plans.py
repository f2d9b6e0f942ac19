"""From what an operator asks for to what a rollout brings."""

from collections.abc import Callable, Sequence

import msgspec
from lamplighter_client.documents.rollouts import RolloutBody
from lamplighter_wire.policy.device_settings import DeviceSettings, given

from lamplighter_controller.domain.rollouts.changes.agent_version import AgentChange
from lamplighter_controller.domain.rollouts.changes.change import Change
from lamplighter_controller.domain.rollouts.changes.settings import SettingsChange
from lamplighter_controller.domain.rollouts.changes.street import StreetChange
from lamplighter_controller.domain.rollouts.rollout import RolloutPlan
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.configurations.street_files import street_of

# A device's cameras by its id; None: they are not known.
StreamsOf = Callable[[str], Sequence[str] | None]


def plan_of(body: RolloutBody, streams_of: StreamsOf) -> RolloutPlan:
    """As it is kept.

    Raises:
        InvalidError: it brings nothing, or two things at once.
        NotFoundError: a street is of a device that is not there.
    """
    wanted = {
        "a target": bool(body.target),
        "settings": body.settings is not None,
        "streets": body.streets is not None,
        "an agent's version": bool(body.agent_version),
    }
    named = [name for name, is_given in wanted.items() if is_given]
    if len(named) != 1:
        said = " and ".join(named) or "nothing"
        raise InvalidError(f"a rollout brings one of {', '.join(wanted)}; {said} is given")
    if body.objective is not None and not body.target:
        raise InvalidError("an objective comes with a target only; leave it out")
    kept = {name: getattr(body, name) for name in RolloutPlan.__struct_fields__ if name != "change"}
    plan = msgspec.to_builtins(kept)
    if body.objective is not None:
        plan["objective"] = _whole_bytes(msgspec.to_builtins(body.objective))
    converted = msgspec.convert(plan, RolloutPlan)
    return msgspec.structs.replace(converted, change=_change(body, streams_of))


def _change(body: RolloutBody, streams_of: StreamsOf) -> Change | None:
    """None: a model, which the plan names itself."""
    if body.settings is not None:
        return SettingsChange(settings=DeviceSettings(**given(body.settings)))
    if body.streets is not None:
        streets = body.streets.items()
        return StreetChange(streets={name: street_of(f, streams_of(name)) for name, f in streets})
    return AgentChange(version=body.agent_version) if body.agent_version else None


def _whole_bytes(objective: dict[str, float]) -> dict[str, float]:
    return {
        name: int(value) if name == "memory_bytes" else value for name, value in objective.items()
    }
