"""Kills by chance: agents, controller, broker; each comes back as its supervisor would bring it."""

import random
import threading
import time
from collections import Counter
from contextlib import suppress

import psutil

from tests.soak.fleet import STEADY, Fleet

BETWEEN_S = (15.0, 40.0)
OFF_S = (0.5, 6.0)
# An agent is killed so many times as often as the controller or the broker.
AGENT_WEIGHT = 3


class Killer(threading.Thread):
    """Kills until it is stopped; `kills` counts them by name."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        super().__init__(daemon=True)
        self.kills: Counter[str] = Counter()
        self._fleet = fleet
        self._chance = random.Random(seed)
        self._ended = threading.Event()
        self._has_ended = threading.Event()

    def run(self) -> None:
        victims = [name for name in self._fleet.good if name != STEADY] * AGENT_WEIGHT
        victims += ["controller", "broker"]
        while not self._ended.wait(self._chance.uniform(*BETWEEN_S)):
            victim = self._chance.choice(victims)
            self.kills[victim] += 1
            self._kill(victim)
        self._has_ended.set()
        # The kernel takes a child along when the thread that started it ends.
        threading.Event().wait()

    def stop(self) -> None:
        """No more kills; what was killed is back."""
        self._ended.set()
        self._has_ended.wait()

    def _kill(self, victim: str) -> None:
        if victim == "broker":
            broker = self._fleet.broker()
            if broker is not None:
                with suppress(psutil.Error):
                    broker.kill()
            return  # the controller starts it again
        city = self._fleet.city
        if victim == "controller":
            city.controller.power_off()
            time.sleep(self._chance.uniform(*OFF_S))
            city.controller.start()
            return
        city.agents[victim].power_off()
        time.sleep(self._chance.uniform(*OFF_S))
        city.agents[victim].start()
