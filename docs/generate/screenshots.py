"""The pictures of the dashboard: `make screenshots`.

Of the real application on a controller that runs, such as that of `make demo` in another terminal;
or, with `--pretended`, on six devices that are pretended behind a real controller. Each is an SVG,
nothing in it is fetched from elsewhere.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import FleetRow
from lamplighter_client.errors import ClientError
from lamplighter_client.target import Target, find_controller
from lamplighter_dashboard.app import Dashboard
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.screens.controller import ControllerScreen
from lamplighter_dashboard.screens.events import EventsScreen
from lamplighter_dashboard.screens.fleet import FleetScreen
from lamplighter_dashboard.screens.groups.groups import GroupsScreen
from lamplighter_dashboard.screens.making.transfers import TransfersScreen
from lamplighter_dashboard.screens.making.variants import VariantsScreen
from lamplighter_dashboard.screens.provision import ProvisionScreen
from lamplighter_dashboard.screens.rolling_out.rollouts import RolloutsScreen
from lamplighter_dashboard.screens.street.street import StreetScreen
from textual.pilot import Pilot

SIZE = (132, 34)
PRETENDED_STREET = "box-1"
NAME = "city"  # of the controller, in the corner; its address differs from one time to the next
FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)
PATIENCE_S, LOOK_S, SETTLES_S = 120.0, 0.1, 2.0


class Camera:
    """Takes pictures of an application that runs."""

    def __init__(self, app: Dashboard, pilot: Pilot[None], folder: Path) -> None:
        self.app, self._pilot, self._folder = app, pilot, folder

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Wait for something to be so.

        Raises:
            TimeoutError: it was not.
        """
        end = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"waited in vain for {what}")
            await self._pilot.pause(LOOK_S)

    async def press(self, *keys: str) -> None:
        """As if they were pressed."""
        await self._pilot.press(*keys)

    async def keep(self, name: str) -> None:
        """Once nothing moves any more."""
        await self._pilot.pause(SETTLES_S)
        svg = FONT_FACES.sub("", self.app.export_screenshot(title="Lamplighter"))
        (self._folder / f"{name}.svg").write_text(svg)

    async def show(self, screen: PolledScreen[Any], name: str) -> None:
        """Open a screen over the fleet, and keep it once it has read."""
        self.app.action_go("fleet")
        await self.app.push_screen(screen)
        await self.until(lambda: screen.connection().heard_at, name)
        await self.keep(name)


async def take_all(target: Target, folder: Path, street: str = "") -> None:
    """All pictures of a controller. `street`: whose street is shown; empty: one that counts."""
    app = Dashboard(AsyncClient(target, PATIENCE_S), context=NAME)
    async with app.run_test(size=SIZE) as pilot:
        camera = Camera(app, pilot, folder)
        await camera.until(lambda: isinstance(app.screen, FleetScreen), "the fleet")
        await camera.until(lambda: app.mirror.is_whole and app.mirror.rows, "devices")
        await camera.press("x", "down")
        await camera.keep("fleet")
        rows = list(app.mirror.rows.values())
        await _device(camera, telling(rows))
        await camera.show(VariantsScreen(busiest(rows)), "variants")
        await camera.show(StreetScreen(street or busiest(rows)), "street")
        await camera.show(TransfersScreen(), "transfers")
        await camera.show(EventsScreen(), "events")
        await camera.show(ProvisionScreen(), "provision")
        await camera.show(ControllerScreen(), "controller")
        await _with_first(camera, RolloutsScreen(), "rollouts", "rollout")
        await _with_first(camera, GroupsScreen(), "groups", "group")
        app.action_go("fleet")


async def _device(camera: Camera, name: str) -> None:
    """A device, and what would be better for it."""
    app = camera.app
    app.open_device(name)
    await camera.until(lambda: getattr(app.screen, "page", None), "a device")
    await camera.keep("device")
    await camera.press("p")
    await camera.until(lambda: app.screen.query("#effects"), "a plan")
    await camera.keep("plan")
    await camera.press("escape")


async def _with_first(camera: Camera, screen: PolledScreen[Any], name: str, one: str) -> None:
    """A list, and its first line opened if it has one."""
    await camera.show(screen, name)
    if screen.exported()[1]:
        await camera.press("enter")
        await camera.until(lambda: camera.app.screen is not screen, one)
        opened = cast(PolledScreen[Any], camera.app.screen)
        await camera.until(lambda: opened.connection().heard_at, one)
        await camera.keep(one)


def telling(rows: Sequence[FleetRow]) -> str:
    """A device that serves and has something to say."""
    return max(rows, key=lambda r: (bool(r.window_at), r.power_limit_w > 0, r.notices, r.id)).id


def busiest(rows: Sequence[FleetRow]) -> str:
    """A device that counts much."""
    return max(rows, key=lambda r: (bool(r.variant), r.counts, r.fps_demand, r.id)).id


@contextmanager
def pretended() -> Iterator[Target]:
    """Six devices that are pretended, behind a real controller."""
    from tests.dashboard.pictures import livened_fleet

    with livened_fleet() as (url, token):
        yield Target(url, token)


@contextmanager
def running(data: Path, url: str, token: str) -> Iterator[Target]:
    """A controller that runs on this machine or elsewhere."""
    yield find_controller(data, url or None, token or None, None)


def main(arguments: Sequence[str]) -> int:
    """0: all are written; 1: there is no controller, which is then said."""
    parser = argparse.ArgumentParser(prog="docs.generate.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--data", type=Path, default=Path("var"), help="data folder of a controller"
    )
    parser.add_argument("--url", default="")
    parser.add_argument("--token", default="")
    parser.add_argument("--street", default="", help="whose street is shown")
    parser.add_argument("--pretended", action="store_true")
    given = parser.parse_args(arguments)
    made = pretended() if given.pretended else running(given.data, given.url, given.token)
    try:
        with made as target:
            street = given.street or (PRETENDED_STREET if given.pretended else "")
            asyncio.run(take_all(target, given.folder, street))
    except ClientError as error:
        sys.stderr.write(f"{error}; run make demo beside it, or give --pretended\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
