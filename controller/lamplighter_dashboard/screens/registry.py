"""The screens beside the fleet: a new one is a module of its own and a line here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamplighter_dashboard.screens.base import DashboardScreen


@dataclass(frozen=True)
class Place:
    """`name`: of the command; the number of its key follows the order."""

    name: str
    title: str
    about: str
    make: Callable[[], DashboardScreen]


def _events() -> DashboardScreen:
    from lamplighter_dashboard.screens.events import EventsScreen

    return EventsScreen()


def _rollouts() -> DashboardScreen:
    from lamplighter_dashboard.screens.rolling_out.rollouts import RolloutsScreen

    return RolloutsScreen()


def _provision() -> DashboardScreen:
    from lamplighter_dashboard.screens.provision import ProvisionScreen

    return ProvisionScreen()


def _controller() -> DashboardScreen:
    from lamplighter_dashboard.screens.controller import ControllerScreen

    return ControllerScreen()


def _street() -> DashboardScreen:
    from lamplighter_dashboard.screens.street.street import StreetScreen

    return StreetScreen()


def _variants() -> DashboardScreen:
    from lamplighter_dashboard.screens.making.variants import VariantsScreen

    return VariantsScreen()


def _transfers() -> DashboardScreen:
    from lamplighter_dashboard.screens.making.transfers import TransfersScreen

    return TransfersScreen()


def _groups() -> DashboardScreen:
    from lamplighter_dashboard.screens.groups.groups import GroupsScreen

    return GroupsScreen()


def _retired() -> DashboardScreen:
    from lamplighter_dashboard.screens.leaving.retired import RetiredScreen

    return RetiredScreen()


SCREENS: Sequence[Place] = (
    Place("events", "Events", "what happened", _events),
    Place("rollouts", "Rollouts", "models on their way to many devices", _rollouts),
    Place("provision", "Provision", "how devices come in", _provision),
    Place("street", "Street", "what crossed a street in a day", _street),
    Place("controller", "Controller", "the controller and its workshop", _controller),
    Place("variants", "Variants", "what each variant would be on a device", _variants),
    Place("transfers", "Transfers", "what is built and what travels to devices", _transfers),
    Place("groups", "Groups", "devices that a query names, and what is set for them", _groups),
)

WITHOUT_KEY: Sequence[Place] = (
    Place("retired", "Retired", "devices that are out of the fleet, and their way back", _retired),
)
"""Asked for by name only."""

PLACES: Sequence[Place] = (*SCREENS, *WITHOUT_KEY)
