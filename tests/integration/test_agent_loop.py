"""One agent, a street and a controller's side in memory: the whole life of deployments."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Event, Limits, Request, Telemetry
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import World, build


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state")
    yield world
    world.stop()


def test_a_new_device_gets_a_variant_and_serves_it(world: World) -> None:
    first = build("first", world.key)
    world.controller.publish(first)
    world.start()
    world.controller.deploy(world.controller.desire(1, first.rung()))
    said = world.wait_for(1, "committed")
    assert [phase for phase, _ in said.phases] == [
        *("FETCHING", "VERIFYING", "STAGED", "PROBATION", "COMMITTED")
    ]
    assert said.serving.variant == "first"
    assert said.golden_f1 == pytest.approx(1.0)
    assert said.trial is not None and said.trial.pairs >= 8
    assert said.transfer.chunks_missing == 0 < said.transfer.bytes_received
    world.wait(lambda: bool(world.controller.all("telemetry")), "telemetry")
    windows = [w for w in world.controller.all("telemetry") if isinstance(w, Telemetry)]
    world.wait(
        lambda: any(
            isinstance(w, Telemetry) and w.frames > 1 and w.serving.variant == "first"
            for w in world.controller.all("telemetry")
        ),
        "a window of frames",
    )
    assert {w.device for w in windows} == {"cam-1"}
    for channel in ("birth", "capabilities", "probe", "status"):
        assert world.controller.all(channel), channel


def test_a_device_of_before_named_files_starts_and_serves(world: World) -> None:
    before, after = (build(n, world.key, named_files=n == "after") for n in ("before", "after"))
    world.controller.publish(before, after)
    world.start()
    world.controller.deploy(world.controller.desire(1, before.rung()))
    world.wait_for(1, "committed")
    world.stop()
    names = {path.name for path in (world.state_dir / "slots" / before.sha).iterdir()}
    assert names == {"model.onnx", "tensors.bin", "manifest.json"}
    world.controller.silent = True
    agent = world.start()
    world.wait(lambda: agent.serve.frames > 2, "frames")
    assert agent.effects.serving().variant == "before"
    sent = len(world.controller.sent)
    world.controller.silent = False
    world.controller.deploy(world.controller.desire(2, after.rung(ap50=0.9)))
    world.wait_for(2, "committed")
    assert world.controller.sent[sent:] == [after.sha]  # the same chunks


def test_only_what_changed_is_sent_and_a_better_variant_replaces(world: World) -> None:
    slow, fast = build("slow", world.key, work=3), build("fast", world.key)
    world.controller.publish(slow, fast)
    agent = world.start()
    world.controller.deploy(world.controller.desire(1, slow.rung()))
    world.wait_for(1, "committed")
    world.controller.deploy(world.controller.desire(2, fast.rung()))
    said = world.wait_for(2, "committed")
    assert said.trial is not None and said.trial.ratio < 1
    assert agent.serve.served().errors == 0
    sent = world.controller.sent
    assert len(sent) == len(set(sent))


def test_a_slower_candidate_is_refused_and_the_incumbent_goes_on(world: World) -> None:
    fast, slow = build("fast", world.key), build("slow", world.key, work=4)
    world.controller.publish(fast, slow)
    agent = world.start()
    world.controller.deploy(world.controller.desire(1, fast.rung()))
    world.wait_for(1, "committed")
    frames = agent.serve.frames
    world.controller.deploy(world.controller.desire(2, slow.rung(predicted_ms=0.5, ap50=0.9)))
    said = world.wait_for(2, "rejected")
    assert said.reason == ReasonCode.SLOWER
    assert said.hint
    assert said.serving.variant == "fast"
    world.controller.deploy(world.controller.desire(3, slow.rung(ap50=0.5)))
    assert world.wait_for(3, "rejected").reason == ReasonCode.DOMINATED
    world.wait(lambda: agent.serve.frames > frames + 5, "frames")
    assert agent.effects.serving().variant == "fast"


def test_what_must_not_be_believed_is_refused_with_its_reason(world: World) -> None:
    good, bad = build("good", world.key), build("bad", world.key, seed=1, wrong_golden=True)
    foreign = build("foreign", SigningKey.generate(), seed=2)
    needy = build("needy", world.key, seed=3, needs=["npu9000"])
    huge = build("huge", world.key, seed=4, memory_bytes=1 << 50)
    control = world.controller
    control.publish(good, bad, foreign, needy, huge)
    world.start()
    control.deploy(control.desire(5, good.rung()))
    world.wait_for(5, "committed")
    for revision, variant, reason in (
        (6, bad, ReasonCode.LESS_ACCURATE),
        (7, foreign, ReasonCode.SIGNATURE),
        (8, needy, ReasonCode.INCOMPATIBLE),
        (9, huge, ReasonCode.OOM),
    ):
        control.deploy(control.desire(revision, variant.rung()))
        assert world.wait_for(revision, "rejected").reason == reason
    refused = {
        ReasonCode.SIGNATURE: (control.desire(10, good.rung()), SigningKey.generate()),
        ReasonCode.EXPIRED: (control.desire(11, good.rung(), expires_at=1.0), None),
        ReasonCode.STALE_REVISION: (control.desire(3, good.rung()), None),
    }
    for reason, (desired, key) in refused.items():
        control.deploy(desired, key)
        world.wait(lambda wanted=reason: control.reported().reason == wanted, reason)
        assert control.reported().revision == 9
    assert control.reported().serving.variant == "good"


def test_hard_limits_hold_in_the_trial(world: World) -> None:
    slow = build("slow", world.key, work=4)
    world.controller.publish(slow)
    world.start()
    limits = Limits(latency_p95_ms=0.2)
    world.controller.deploy(world.controller.desire(1, slow.rung(), limits=limits))
    said = world.wait_for(1, "rejected")
    assert said.reason == ReasonCode.OVER_BUDGET
    assert said.serving.variant == ""


def test_a_newer_desired_state_takes_over(world: World) -> None:
    one, two = build("one", world.key), build("two", world.key, seed=1, work=1)
    control = world.controller
    control.publish(one, two)
    world.start()
    control.deploy(control.desire(1, one.rung(), probation_s=600.0))
    world.wait(lambda: control.reported().phase == "PROBATION", "probation")
    control.deploy(control.desire(2, two.rung()))
    assert world.wait_for(2, "committed").serving.variant == "two"
    ends = [r for r in control.all("reported") if getattr(r, "outcome", "") and r.revision == 1]  # type: ignore[attr-defined]
    assert {(r.outcome, r.reason) for r in ends} == {("rolled_back", ReasonCode.ABORTED)}  # type: ignore[attr-defined]


def test_a_shift_is_answered_by_the_ladder_at_once(world: World) -> None:
    day, night = build("day", world.key), build("night", world.key, seed=1)
    control = world.controller
    control.publish(day, night)
    agent = world.start()
    rung = msgspec.structs.replace(night.rung(), regimes=["night-dry-free", "night-dry-jam"])
    control.deploy(control.desire(1, day.rung(), ladder=[rung]))
    world.wait_for(1, "committed")
    world.wait(lambda: control.reported().resident == ["day", "night"], "the ladder")
    world.street.light = 0.03
    world.wait(lambda: agent.effects.serving().variant == "night", "the switch")
    # A loaded machine may have had the device ask before, for a breach or another demand.
    answered: list[Request] = []

    def asked_with_an_answer() -> bool:
        asked = [r for r in control.all("request") if isinstance(r, Request)]
        answered[:] = [r for r in asked if r.answered_by and r.answered_by.variant == "night"]
        return bool(answered)

    world.wait(asked_with_an_answer, "the request")
    asked = answered[0]
    events = [e for e in control.all("event") if isinstance(e, Event)]
    steps = [e.data for e in events if e.kind == "ladder_switch"]
    assert "night" in [step["to"]["variant"] for step in steps]
    assert agent.serve.served().errors == 0
    assert asked.served is not None and asked.served.variant == "day"
    assert asked.shift is not None and asked.shift.after.regime.light == "night"
    world.stop()
    assert world.boot().serve.regime.light == "night"


def test_what_was_proven_here_is_watched_but_not_tried_again(world: World) -> None:
    day, night = build("day", world.key), build("night", world.key, seed=1)
    control = world.controller
    control.publish(day, night)
    world.start()
    rung = msgspec.structs.replace(night.rung(), regimes=["night-dry-free"])
    control.deploy(control.desire(1, day.rung(), ladder=[rung]))
    world.wait_for(1, "committed")
    world.wait(lambda: control.reported().resident == ["day", "night"], "the ladder")
    # Better in nothing, and promised to be faster than it can be: a trial would refuse it.
    again = night.rung(predicted_ms=0.01, ap50=0.1)
    control.deploy(control.desire(2, again, ladder=[day.rung()]))
    said = world.wait_for(2, "committed")
    assert said.trial is None
    assert said.serving.variant == "night"
    world.wait(lambda: control.reported().resident == ["night", "day"], "the ladder")
    limits = Limits(latency_p95_ms=0.01)
    wanted = control.desire(3, day.rung(), limits=limits, probation_frames=100)
    control.deploy(wanted)
    said = world.wait_for(3, "rolled_back")
    assert said.reason == ReasonCode.OVER_BUDGET
    assert said.serving.variant == "night"


def test_a_lost_camera_is_told_and_serving_goes_on(world: World) -> None:
    only = build("only", world.key)
    world.controller.publish(only)
    agent = world.start()
    world.controller.deploy(world.controller.desire(1, only.rung()))
    world.wait_for(1, "committed")
    for state, kind in (("lost", "source_lost"), ("ok", "source_back")):
        world.street.state = state
        world.wait(
            lambda wanted=kind: any(
                getattr(e, "kind", "") == wanted for e in world.controller.all("event")
            ),
            kind,
        )
    frames = agent.serve.frames
    world.wait(lambda: agent.serve.frames > frames, "frames")


def test_a_cut_link_in_mid_transfer_goes_on_where_it_was(world: World) -> None:
    only = build("only", world.key, work=3)
    control = world.controller
    control.publish(only)
    control.silent = True
    world.start()
    control.deploy(control.desire(1, only.rung()))
    world.wait(lambda: bool(control.all("request")), "a request")
    world.transport.cut()
    control.silent = False
    world.wait_for(1, "committed")
