"""A rollout followed to its end, with what it was on the way."""

import time
from collections import Counter
from collections.abc import Callable

from lamplighter_client import endpoints, rollout_endpoints
from lamplighter_client.documents import Rollout, RolloutTarget
from lamplighter_client.documents.rollouts import RolloutBody
from lamplighter_client.errors import ClientError

from lamplighter_demo.rollout.schema import Moment, RolloutAct
from lamplighter_demo.rollout.stage import POLL_S, Stage

OVER = ("succeeded", "aborted", "rolled_back", "paused")
TOLD = ("ordered", "watched", "succeeded", "failed", "rolled_back")
EVENTS_PAGE = 5000


class Follower:
    """Starts a rollout, and remembers each change of it."""

    def __init__(self, stage: Stage, body: RolloutBody) -> None:
        self._stage, self._body = stage, body
        self._began = 0.0
        self._told = 0
        self.began_at = 0.0  # wall time
        self.moments: list[Moment] = []

    def start(self) -> None:
        """Draft it, let somebody stand for it, and begin."""
        api, name = self._stage.api, self._body.name
        api.send(rollout_endpoints.create_rollout(self._body))
        api.send(rollout_endpoints.step_rollout(name, "approve"))
        self._began, self.began_at = time.monotonic(), time.time()
        api.send(rollout_endpoints.step_rollout(name, "start"))
        self._stage.notify(f"rollout {name} of {self._body.target} begins")

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.monotonic() - self._began, 1)

    def look(self) -> Rollout:
        """How it is now."""
        now = self._stage.api.send(rollout_endpoints.rollout(self._body.name))
        counts = {state: count for state, count in now.counts.items() if count}
        self._told = max(self._told, sum(counts.get(state, 0) for state in TOLD))
        moment = Moment(at=self.seconds, state=now.state, wave=now.wave, counts=counts)
        last = self.moments[-1] if self.moments else None
        if last is None or (last.state, last.wave, last.counts) != (now.state, now.wave, counts):
            self.moments.append(moment)
            self._stage.notify(f"{now.name}: {now.state}, wave {now.wave}, {_words(counts)}")
        return now

    def until(self, what: str, holds: Callable[[Rollout], bool], patience_s: float) -> float | None:
        """Seconds until it is so; a controller that is away is asked again."""

        def _holds() -> bool:
            try:
                return holds(self.look())
            except ClientError:
                return False

        return self._stage.wait(what, _holds, patience_s, POLL_S)

    def targets(self) -> list[RolloutTarget]:
        """All its devices."""
        return self._stage.api.send(rollout_endpoints.rollout_devices(self._body.name))

    def act(self) -> RolloutAct:
        """What it came to."""
        now, targets = self.look(), self.targets()
        members = [one for one in targets if one.state != "skipped"]
        waves = Counter(one.wave for one in members)
        return RolloutAct(
            name=now.name,
            target=now.target,
            state=now.state,
            reason=now.reason,
            seconds=self.moments[-1].at,
            members=len(members),
            left_out=len(self._stage.names) - len(members),
            canaries=waves[0],
            waves=[waves[wave] for wave in sorted(waves)],
            told=self._told,
            told_share=round(self._told / len(self._stage.names), 4),
            failed={one.device: one.reason for one in members if one.state == "failed"},
            moments=self.moments,
        )

    def waves_begun_twice(self) -> list[int]:
        """By the controller's own events."""
        begun: Counter[int] = Counter()
        after = 0
        while events := self._stage.api.send(endpoints.events(after, EVENTS_PAGE)):
            after = events[-1].id
            mine = [e for e in events if e.data.get("rollout") == self._body.name]
            begun.update(wave for e in mine if (wave := _wave_begun(e.text)) is not None)
        return sorted(wave for wave, times in begun.items() if times > 1)


def _wave_begun(text: str) -> int | None:
    """Of "rollout june is running, wave 2"."""
    _, sign, number = text.partition(" is running, wave ")
    return int(number.split(":")[0]) if sign else None


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items())
