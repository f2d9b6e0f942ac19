"""Opens the dashboard with what its user has set and what is remembered."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lamplighter_client.errors import NoControllerError
from lamplighter_client.target import Target

from lamplighter_dashboard.app import Dashboard, dashboard_of
from lamplighter_dashboard.commands.key_places import key_places
from lamplighter_dashboard.model.docker_hosts import DockerHosts
from lamplighter_dashboard.settings.chosen import (
    CHOSEN_FILE,
    REMEMBERED_FILE,
    SettingsFileError,
    read_chosen,
    settings_folder,
    state_folder,
    target_of,
)
from lamplighter_dashboard.settings.key_map import check_keys
from lamplighter_dashboard.settings.remembered import Memory

__all__ = ["SettingsFileError", "open_dashboard"]


def open_dashboard(
    target: Target | None,
    *,
    context: str = "",
    read_only: bool,
    hosts_of: Callable[[Sequence[Path]], DockerHosts] | None = None,
) -> Dashboard:
    """The dashboard on a controller, or on that of a context. `hosts_of`: from the files of
    gateways to their engines; None: they are not looked at, as in a browser.

    Raises:
        SettingsFileError: the user's settings cannot be used.
        ClientError: no such context, or nothing says where its controller is.
    """
    file = settings_folder() / CHOSEN_FILE
    chosen = read_chosen(file)
    if chosen.keys:
        check_keys(chosen, key_places(Dashboard), file)
    if target is None:
        named = chosen.contexts.get(context)
        if named is None:
            known = ", ".join(chosen.contexts) or "none"
            raise NoControllerError(f"no context {context!r} in {file}; there are {known}")
        target = target_of(named)
    memory = Memory(state_folder() / REMEMBERED_FILE)
    files = [Path(file).expanduser() for file in chosen.gateways]
    return dashboard_of(
        target,
        chosen=chosen,
        memory=memory,
        read_only=read_only,
        context=context,
        hosts=hosts_of(files) if hosts_of is not None and files else None,
    )
