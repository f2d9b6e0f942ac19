"""The acts: a good rollout through a killed controller, a stolen device, a bad model."""

import time

from lamplighter_client import endpoints
from lamplighter_client.documents.rollouts import RolloutBody

from lamplighter_demo.rollout.fleet import strongest
from lamplighter_demo.rollout.following import OVER, Follower
from lamplighter_demo.rollout.orders import is_told_twice
from lamplighter_demo.rollout.schema import Kill, Return, RolloutAct, Theft
from lamplighter_demo.rollout.stage import GROUP, Stage

GOOD, BAD = "june", "july"
GOOD_MODEL, BAD_RECIPE = "mobilenetv3", "fp32-full"
WATCH_S = 6.0
DOWN_S = 3.0
# A thief tries again and again; so long it is watched.
THEFT_S = 12.0
SETTLED_S = 4.0
DEPLOYMENTS, WINDOWS = 50, 200


def bring_good(stage: Stage, patience_s: float) -> tuple[RolloutAct, Kill]:
    """A lean network for all; the controller is killed while a wave is in flight."""
    members = len(stage.names)
    body = RolloutBody(
        name=GOOD,
        target=GOOD_MODEL,
        group=GROUP,
        first=max(2.0, members // 10),
        factor=3.0,
        watch_s=WATCH_S,
        deadline_s=patience_s,
        # One canary that the machine is too busy for stops nothing yet.
        error_share=0.2,
        success_share=0.8,
        per_site=max(2, members // 8),
        at_once=max(4, members // 3),
    )
    follower = Follower(stage, body)
    follower.start()
    follower.until(
        "a wave behind the canaries is in flight",
        lambda now: now.state in OVER or (now.wave > 0 and now.counts.get("ordered", 0) > 0),
        patience_s,
    )
    kill = _kill(stage, follower, patience_s)
    follower.until("it is over", lambda now: now.state in OVER, patience_s)
    return follower.act(), _with_steps(stage, follower, kill)


def _kill(stage: Stage, follower: Follower, patience_s: float) -> Kill:
    """SIGKILL, then the same controller again; devices are to notice nothing."""
    before = follower.look()
    sessions = {device.name: device.sessions for device in stage.fleet.devices}
    in_flight = before.counts.get("ordered", 0) + before.counts.get("watched", 0)
    stage.city.controller.power_off()
    killed = time.monotonic()
    stage.notify(f"the controller is killed in wave {before.wave}, {in_flight} in flight")
    time.sleep(DOWN_S)
    stage.start_controller_again(patience_s)
    down_s = time.monotonic() - killed
    stage.notify(f"the controller answers again {down_s:.1f} s after it was killed")
    counts = follower.look().counts
    next_step_s = follower.until(
        "it goes on", lambda now: now.counts != counts or now.state in OVER, patience_s
    )
    return Kill(
        wave=before.wave,
        in_flight=in_flight,
        down_s=round(down_s, 1),
        next_step_s=next_step_s,
        reconnected=sum(d.sessions > sessions[d.name] for d in stage.fleet.devices),
        ordered_twice=[],
        waves_begun_twice=[],
    )


def _with_steps(stage: Stage, follower: Follower, kill: Kill) -> Kill:
    """Who was ordered what it had been ordered and had not refused, and which waves began twice."""
    twice = []
    for target in follower.targets():
        if target.state == "skipped":
            continue
        orders = stage.api.send(endpoints.deployments(target.device, DEPLOYMENTS))
        plans = stage.api.send(endpoints.plans(target.device, DEPLOYMENTS))
        causes = {plan.id: plan.cause for plan in plans}
        if is_told_twice(orders, causes, follower.began_at):
            twice.append(target.device)
    return Kill(
        wave=kill.wave,
        in_flight=kill.in_flight,
        down_s=kill.down_s,
        next_step_s=kill.next_step_s,
        reconnected=kill.reconnected,
        ordered_twice=twice,
        waves_begun_twice=follower.waves_begun_twice(),
    )


def steal(stage: Stage) -> Theft:
    """A device is shut out while it publishes, and goes on trying with its certificate."""
    thief = stage.simulated(strongest(stage.people).name)
    before, sessions = len(stage.api.send(endpoints.telemetry(thief.name, WINDOWS))), thief.sessions
    began = time.time()
    stage.api.send(endpoints.revoke(thief.name, "stolen with its box"))
    stage.wait("nothing", lambda: time.time() - began > THEFT_S, THEFT_S + 1)
    kept = stage.api.send(endpoints.telemetry(thief.name, WINDOWS))
    silenced_s = round(max(0.0, thief.heard_at - began), 2)
    stage.notify(f"{thief.name} is revoked as stolen: its last window came {silenced_s} s later")
    return Theft(
        device=thief.name,
        verb="revoke",
        windows_before=before,
        silenced_s=silenced_s,
        connected_again=thief.sessions - sessions,
        windows_kept_after=sum(window.start > began + silenced_s for window in kept),
    )


def bring_bad(stage: Stage, patience_s: float) -> tuple[RolloutAct, Return]:
    """A heavy network; the gate is to find the harm while the canaries alone have it."""
    target = next(
        variant.id
        for variant in stage.api.send(endpoints.variants())
        if variant.recipe == BAD_RECIPE and not variant.calibration
    )
    before = stage.served()
    body = RolloutBody(
        name=BAD,
        target=target,
        group=GROUP,
        first=max(2.0, len(stage.names) // 10),
        watch_s=WATCH_S,
        deadline_s=patience_s,
        per_site=0,
        at_once=0,
        on_error="roll_back",
    )
    follower = Follower(stage, body)
    follower.start()
    found_s = follower.until("it is stopped", lambda now: now.state in OVER, patience_s)
    told = {one.device for one in follower.targets() if one.state == "rolled_back"}

    def _is_back() -> bool:
        served = stage.served()
        return all(served[name] == before[name] for name in told)

    back_s = stage.wait("all are back", _is_back, patience_s)
    after = stage.served()
    others = before.keys() - told
    return follower.act(), Return(
        harm_found_s=found_s,
        back_s=back_s,
        not_back=sorted(name for name in told if after.get(name) != before[name]),
        untouched=len(others),
        wrongly_touched=sorted(name for name in others if after.get(name) == target),
    )
