"""The controller's flow: plan, build, deploy, learn, adapt - over an in-memory broker."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_controller.services import deployment_reports
from lamplighter_controller.services.decisions import plan_device, start_over
from lamplighter_controller.services.fleet import label_device
from lamplighter_controller.services.learning import load_predictor
from lamplighter_wire.messages import (
    Birth,
    OperatingPoint,
    Regime,
    Request,
    Shift,
    Status,
    Telemetry,
    Transfer,
    Workload,
)

from tests.simulators.controller_rig import Rig, spec


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(
        tmp_path,
        [
            spec("full-fp32", 0.85, 900.0),
            spec("p50-fp32", 0.80, 300.0),
            spec("full-int8", 0.84, 900.0, precision="int8", built=False),
        ],
    )
    yield made
    made.close()


def shift(to: Workload, at: float, began: float) -> Request:
    return Request(
        device="cam-1",
        at=at,
        kind="recompress",
        trigger="shift",
        shift=Shift(after=to, at=at, began_at=began),
    )


def telemetry(rig: Rig, point: OperatingPoint, latency_ms: float, seq: int = 1) -> Telemetry:
    return Telemetry(
        device="cam-1",
        seq=seq,
        start=rig.clock.time(),
        seconds=5.0,
        serving=point,
        frames=30,
        fps_demand=5.0,
        fps_served=5.0,
        latency_p50_ms=latency_ms,
        latency_p95_ms=1.2 * latency_ms,
        energy_source="estimate",
    )


def test_nothing_is_planned_before_the_probe(rig: Rig) -> None:
    device = rig.device()
    device.say("capabilities", device.capabilities)
    assert device.orders == []
    assert rig.ctx.store.plans("cam-1") == []


def test_a_new_device_gets_a_signed_order_that_was_saved_first(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    desired = device.desired
    assert desired.revision == 1
    assert desired.primary.point.manifest
    assert desired.probation_frames == 20
    stored = rig.ctx.store.device("cam-1")
    assert stored.revision == 1
    plan = rig.ctx.store.plans("cam-1")[0]
    assert plan.document["reasons"]
    assert plan.document["alternatives"]


def test_the_build_is_waited_for_and_then_deployed(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=30.0, int8_ms=5.0)
    assert [s.id for s, _ in rig.workshop.jobs] == ["full-int8"]
    assert device.desired.primary.point.variant != "full-int8", "something serves meanwhile"
    device.report("committed")
    assert rig.ctx.store.jobs()[0].stage == "calibrate"
    rig.workshop.finish()
    rig.settle()
    assert device.desired.primary.point.variant == "full-int8"
    assert rig.ctx.store.jobs()[0].state == "done"
    assert "full-int8" in [v.id for v in rig.ctx.store.variants()]


def test_a_build_lost_with_the_controller_is_started_again(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=30.0, int8_ms=5.0)
    device.report("committed")
    lost = rig.ctx.store.jobs()[0]
    rig.workshop.jobs.clear()
    rig.ctx.building.clear()
    start_over(rig.ctx)
    rig.settle()
    jobs = {job.id: job.state for job in rig.ctx.store.jobs()}
    assert jobs.pop(lost.id) == "failed"
    assert list(jobs.values()) == ["running"]


def test_a_breach_is_still_believed_after_the_build(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=30.0, int8_ms=5.0)
    device.report("committed")
    rig.workshop.finish()
    rig.settle()
    device.report("committed")
    before = device.desired.primary.point
    breach = Request(device="cam-1", at=rig.clock.time(), kind="recompress", trigger="breach")
    device.say("request", breach)
    assert device.desired.primary.point != before, "what broke a limit is not kept"


def test_two_devices_share_one_build(rig: Rig) -> None:
    for name in ("cam-1", "cam-2"):
        rig.device(name).introduce(dense_ms=30.0, int8_ms=5.0)
    assert len(rig.workshop.jobs) == 1


def test_a_failed_build_leads_to_another_plan(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=30.0, int8_ms=5.0)
    device.report("committed")
    rig.workshop.finish(error="out of memory")
    rig.settle()
    assert rig.workshop.jobs == [], "it is not tried again at once"
    assert rig.ctx.store.jobs()[0].state == "failed"
    kinds = [e.kind for e in rig.ctx.store.events("cam-1")]
    assert "build_failed" in kinds


def test_a_refusal_corrects_the_predictor_and_plans_anew(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    first = device.desired.primary
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=400.0))
    second = device.desired
    assert second.revision == 2
    assert second.primary.point != first.point
    assert any(o.latency_p50_ms == 400.0 for o in rig.ctx.predictor.observations)
    stored = rig.ctx.store.deployment("cam-1", 1)
    assert stored is not None
    assert (stored.outcome, stored.reason) == ("rejected", "SLOWER")


def test_a_point_slower_than_predicted_comes_again_once_with_the_right_figures(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    first = device.desired.primary
    slow = 2 * first.predicted.latency_p50_ms
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=slow))
    again = device.desired.primary
    assert again.point == first.point, "it still keeps every limit"
    assert again.predicted.latency_p50_ms == pytest.approx(slow)
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=1.2 * slow))
    assert device.desired.primary.point != first.point, "but not a third time"


def test_what_a_device_has_no_memory_for_is_not_tried_again_for_a_while(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    refused = device.desired.primary.point
    small = msgspec.structs.replace(refused, width=256, height=192)
    device.report("rejected", "OOM")
    device.report("committed")
    state = rig.ctx.state("cam-1").refused
    sizes = {key for key in state if key.startswith(refused.variant)}
    assert {f"{refused.variant}@{refused.width}x{refused.height}"} <= sizes
    assert f"{small.variant}@256x192" not in sizes
    life_s = rig.ctx.settings.refusal_s
    for waited_s, tried in ((life_s - 60.0, False), (120.0, True)):
        rig.wait(waited_s)
        answer = plan_device(rig.ctx, "cam-1")
        assert answer is not None
        assert answer.plan.primary is not None
        same = answer.plan.primary.point.variant, answer.plan.primary.point.width
        assert (same == (refused.variant, refused.width)) == tried


def test_new_limits_reach_a_device_that_serves_on_as_it_is(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    device.report("committed")
    before = device.desired
    label_device(rig.ctx, "cam-1", None, objective={"latency_p95_ms": 1000.0})
    after = device.desired
    assert after.limits.latency_p95_ms == 1000.0
    assert (after.revision, after.primary) == (before.revision + 1, before.primary)
    device.report("committed")
    assert len(device.orders) == 2, "once"


def test_an_outcome_counts_once(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=400.0))
    orders = len(device.orders)
    topic, payload = [m for m in rig.broker.log if m[0].endswith("/reported")][-1]
    device.raw(topic, payload)
    assert len(device.orders) == orders


def test_failures_are_tried_again_and_then_given_up(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    for _ in range(deployment_reports.MAX_RETRIES + 1):
        device.report("failed", "TIMEOUT")
        rig.wait(100.0)
    assert device.desired.revision == 1 + deployment_reports.MAX_RETRIES
    assert [e.kind for e in rig.ctx.store.events("cam-1")][-1] == "gave_up"


def test_learning_survives_a_restart(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    point = device.desired.primary.point
    device.say("telemetry", telemetry(rig, point, 33.0))
    learnt = rig.ctx.predictor
    assert learnt.observations
    load_predictor(rig.ctx)
    assert rig.ctx.predictor == learnt


def test_less_free_disk_is_no_reason_for_a_new_plan(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    plans = len(rig.ctx.store.plans("cam-1"))
    fuller = msgspec.structs.replace(device.capabilities, disk_free_bytes=7)
    device.say("capabilities", fuller)
    assert rig.ctx.store.device("cam-1").capabilities == fuller
    assert len(rig.ctx.store.plans("cam-1")) == plans
    assert "capabilities" not in [e.kind for e in rig.ctx.store.events("cam-1")]
    device.say("capabilities", msgspec.structs.replace(fuller, cores=fuller.cores + 1))
    assert "capabilities" in [e.kind for e in rig.ctx.store.events("cam-1")]


def test_a_deployments_own_work_is_no_frames_energy(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    for seq, (energy_mj, disturbed) in enumerate(((900.0, True), (90.0, False)), 1):
        rig.clock.advance(5.0)
        window = telemetry(rig, device.desired.primary.point, 30.0, seq)
        figures = {"energy_mj_per_frame": energy_mj, "disturbed": disturbed}
        device.say("telemetry", msgspec.structs.replace(window, **figures))
    learnt = [o.energy_mj for o in rig.ctx.predictor.observations]
    assert 900.0 not in learnt and 90.0 in learnt


def test_telemetry_counts_once(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    window = telemetry(rig, device.desired.primary.point, 33.0)
    device.say("telemetry", window)
    device.say("telemetry", window)
    assert len(rig.ctx.predictor.observations) == 1


def test_a_shift_is_answered_with_clocks(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    rig.clock.advance(10.0)
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=now + 9.0, began=now + 5.0))
    record = rig.ctx.store.recompressions("cam-1")[-1]
    assert record.kind == "cached"
    assert record.revision == 2
    assert record.seconds["detected"] == 4.0
    assert record.seconds["built"] == 5.0
    assert rig.ctx.store.device("cam-1").workload == fast
    phases = [("VERIFYING", now + 11.0), ("PROBATION", now + 12.0), ("COMMITTED", now + 15.0)]
    device.report(
        "committed",
        phases=phases,
        transfer=Transfer(bytes_received=1234),
        trial=device.trial(candidate_ms=10.0, incumbent_ms=50.0),
    )
    done = rig.ctx.store.recompressions("cam-1")[-1]
    assert done.bytes_sent == 1234
    assert done.seconds["delivered"] == 6.0
    assert done.seconds["serving"] == 7.0
    assert done.seconds["committed"] == 10.0
    assert done.justified
    assert done.replayed_gain is not None
    assert done.replayed_gain > 0


def test_what_was_only_predicted_is_not_judged(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=now, began=now))
    assert rig.ctx.store.recompressions("cam-1")[-1].justified is None, "nothing runs yet"
    device.report("committed")
    record = rig.ctx.store.recompressions("cam-1")[-1]
    assert (record.outcome, record.justified, record.replayed_gain) == ("committed", None, None)


def test_bytes_of_rungs_fetched_after_the_commit_belong_to_the_answer(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    device.say("request", shift(Workload(fps_demand=25.0), at=now, began=now))
    for received in (1000, 1800, 1500):
        device.report("committed", transfer=Transfer(bytes_received=received))
    assert rig.ctx.store.recompressions("cam-1")[-1].bytes_sent == 1800


def test_what_is_planned_after_a_refusal_answers_the_same_change(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    rig.clock.advance(10.0)
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=now + 9.0, began=now + 5.0))
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=200.0))
    refused, again = rig.ctx.store.recompressions("cam-1")[-2:]
    assert (refused.outcome, refused.justified) == ("rejected", False)
    assert again.began_at == refused.began_at
    assert again.seconds["detected"] == 4.0
    assert again.revision in (0, refused.revision + 1)


def test_a_ladder_step_is_recorded_as_the_device_took_it(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    rung = next(
        (r.point for r in device.desired.ladder if r.point != device.desired.primary.point),
        device.desired.primary.point,
    )
    request = Request(
        device="cam-1",
        at=rig.clock.time(),
        kind="recompress",
        trigger="shift",
        shift=Shift(after=Workload(fps_demand=5.0), at=rig.clock.time()),
        answered_by=rung,
    )
    device.say("request", request)
    step = rig.ctx.store.recompressions("cam-1")[0]
    assert (step.kind, step.bytes_sent, step.outcome) == ("ladder", 0, "committed")
    assert (step.from_point, step.to_point) == (device.desired.primary.point, rung)


def stepped(rig: Rig, served: OperatingPoint, rung: OperatingPoint, fps: float = 5.0) -> Request:
    """A device's word that it has gone from one resident point to another."""
    now = rig.clock.time()
    street = Shift(after=Workload(fps_demand=fps), at=now, began_at=now - 2.0)
    return Request(
        device="cam-1",
        at=now,
        kind="recompress",
        trigger="shift",
        shift=street,
        answered_by=rung,
        served=served,
    )


def test_a_step_between_sizes_of_one_variant_is_judged_by_the_point_before(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    large = device.desired.primary.point
    small = msgspec.structs.replace(large, width=256, height=192)
    # The window after the step is there before its request is heard.
    device.say("telemetry", telemetry(rig, large, 20.0))
    device.say("request", stepped(rig, small, large))
    step = rig.ctx.store.recompressions("cam-1")[0]
    assert (step.from_variant, step.to_variant) == (large.variant, large.variant)
    assert (step.from_point, step.to_point) == (small, large)
    assert step.justified is None, "the small size was never measured here"
    device.say("telemetry", telemetry(rig, small, 9.0, 2))
    step = rig.ctx.store.recompressions("cam-1")[0]
    assert step.justified
    assert "points of AP50" in step.reasons[-1]


def test_a_step_that_changes_neither_variant_nor_size_is_no_answer(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0)
    device.report("committed")
    point = device.desired.primary.point
    device.say("request", stepped(rig, point, msgspec.structs.replace(point, threads=7)))
    assert [r.kind for r in rig.ctx.store.recompressions("cam-1")] == ["none"]


def test_an_answer_is_judged_by_the_demand_of_the_change_not_of_one_window(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    device.report("committed")
    now = rig.clock.time()
    rig.clock.advance(1.0)
    device.say("request", shift(Workload(fps_demand=25.0), at=now + 1.0, began=now))
    assert rig.ctx.store.recompressions("cam-1")[-1].fps_demand == 25.0
    for seq, fps in enumerate((25.0, 24.0, 1.0)):
        rig.clock.advance(5.0)
        window = telemetry(rig, device.desired.primary.point, 20.0, seq)
        device.say("telemetry", msgspec.structs.replace(window, fps_demand=fps))
    device.report("committed", trial=device.trial(candidate_ms=10.0, incumbent_ms=50.0))
    done = rig.ctx.store.recompressions("cam-1")[-1]
    assert done.justified
    assert "limits broken" in done.reasons[-1], "it would not be at the last window's demand"


def test_a_decision_waits_for_the_deployment_under_way(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=8.0, int8_ms=8.0)
    fast = Workload(regime=Regime(light="night"), fps_demand=25.0)
    device.say("request", shift(fast, at=rig.clock.time(), began=rig.clock.time()))
    assert len(device.orders) == 1
    device.report("committed")
    assert len(device.orders) == 2, "now the shift is answered"


def test_reconcile_at_birth(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    orders = len(device.orders)
    device.say("birth", Birth(device="cam-1", epoch=1, highest_revision=1))
    assert len(device.orders) == orders, "in step: nothing to say"
    device.say("birth", Birth(device="cam-1", epoch=2, highest_revision=0))
    assert len(device.orders) == orders + 1
    assert device.desired.revision == 1, "said again, not renewed"
    device.say("birth", Birth(device="cam-1", epoch=3, highest_revision=9))
    assert device.desired.revision == 10, "a revision that only the device knew is passed"


def test_an_expired_order_is_renewed(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    rig.clock.advance(rig.ctx.settings.desired_life_s + 1.0)
    device.say("birth", Birth(device="cam-1", epoch=1, highest_revision=0))
    stored = rig.ctx.store.device("cam-1")
    assert stored.revision == 2


def test_a_will_counts_only_for_its_own_session(rig: Rig) -> None:
    device = rig.device()
    device.say("birth", Birth(device="cam-1", epoch=5))
    assert rig.ctx.store.device("cam-1").online
    device.say("status", Status(device="cam-1", online=False, epoch=4))
    rig.wait(10.0)
    assert rig.ctx.store.device("cam-1").online, "the will of an older session"
    device.say("status", Status(device="cam-1", online=False, epoch=5))
    assert rig.ctx.store.device("cam-1").online, "not before the re-check"
    device.say("birth", Birth(device="cam-1", epoch=6))
    rig.wait(10.0)
    assert rig.ctx.store.device("cam-1").online, "it came back meanwhile"
    device.say("status", Status(device="cam-1", online=False, epoch=6))
    rig.wait(10.0)
    assert not rig.ctx.store.device("cam-1").online


def test_nothing_fits_is_said_with_the_reason(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    rig.device().introduce()
    event = rig.ctx.store.events("cam-1")[-1]
    assert event.kind == "no_plan"
    assert event.data["reasons"]
    rig.close()
