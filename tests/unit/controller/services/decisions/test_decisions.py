"""The controller's flow: plan, build, deploy, learn, adapt - over an in-memory broker."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from lamplighter_client.documents.requests import LabelBody, ObjectiveBody
from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_controller.services.devices import deployment_reports
from lamplighter_controller.store.records import PolicyRecord
from lamplighter_wire.messages import (
    Birth,
    Regime,
    Request,
    Status,
    Workload,
)
from lamplighter_wire.policy.device_policy import DevicePolicy

from tests.simulators.controller_rig import Rig, spec
from tests.simulators.device_messages import shift, telemetry

OFFERS = [
    spec("full-fp32", 0.85, 900.0),
    spec("p50-fp32", 0.80, 300.0),
    spec("full-int8", 0.84, 900.0, precision="int8", built=False),
]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    yield made
    made.close()


def test_nothing_is_planned_before_the_probe(rig: Rig) -> None:
    device = rig.device()
    device.say("capabilities", device.capabilities)
    assert device.orders == []
    assert rig.store.plans("cam-1") == []


def test_a_new_device_gets_a_signed_order_that_was_saved_first(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    desired = device.desired
    assert desired.revision == 1
    assert desired.primary.point.manifest
    assert desired.probation_frames == 20
    stored = rig.store.device("cam-1")
    assert stored.revision == 1
    plan = rig.store.plans("cam-1")[0]
    assert plan.document["reasons"]
    assert plan.document["alternatives"]


def test_the_build_is_waited_for_and_then_deployed(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=30.0, int8_ms=5.0)
    assert [s.id for s, _ in rig.workshop.jobs] == ["full-int8"]
    assert device.desired.primary.point.variant != "full-int8", "something serves meanwhile"
    device.report("committed")
    assert rig.store.jobs()[0].stage == "calibrate"
    rig.workshop.finish()
    rig.settle()
    assert device.desired.primary.point.variant == "full-int8"
    assert rig.store.jobs()[0].state == "done"
    assert "full-int8" in [v.id for v in rig.store.variants()]


def test_a_fleet_that_waited_for_a_build_holds_up_nobody(rig: Rig) -> None:
    devices = [rig.device(f"cam-{number}") for number in range(3)]
    for device in devices:
        device.introduce(dense_ms=30.0, int8_ms=5.0)
        device.report("committed")
    assert len(rig.workshop.jobs) == 1
    served: list[int] = []

    def count() -> None:
        plans = [rig.store.plans(f"cam-{number}")[0] for number in range(3)]
        served.append(sum(plan.variant == "full-int8" for plan in plans))

    rig.workshop.finish()
    rig.queue.submit(count)
    rig.settle()
    rig.queue.submit(count)
    rig.settle()
    assert served[0] < served[1] == 3, "what came meanwhile was not behind all of them"


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
    assert rig.store.jobs()[0].state == "failed"
    kinds = [e.kind for e in rig.store.events("cam-1")]
    assert "build_failed" in kinds


def test_a_refusal_corrects_the_predictor_and_plans_anew(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    first = device.desired.primary
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=400.0))
    second = device.desired
    assert second.revision == 2
    assert second.primary.point != first.point
    assert any(o.latency_p50_ms == 400.0 for o in rig.services.learning.experience.of("cam-1"))
    stored = rig.store.deployment("cam-1", 1)
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


def test_a_slow_trial_of_long_ago_does_not_count_as_the_first_of_two(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    first = device.desired.primary
    slow = 2 * first.predicted.latency_p50_ms
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=slow))
    device.report("committed")
    key = f"{first.point.variant}@{first.point.width}x{first.point.height}"
    rig.wait(2 * rig.settings.refusal_s)
    body = LabelBody(objective=ObjectiveBody(latency_p95_ms=1000.0))
    rig.services.fleet.label("cam-1", None, body)
    device.report("rejected", "SLOWER", trial=device.trial(candidate_ms=1.2 * slow))
    refusal = rig.store.device_state("cam-1").refused[key]
    assert refusal.until <= rig.clock.time(), "it comes again once"


def test_what_a_device_has_no_memory_for_is_not_tried_again_for_a_while(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    refused = device.desired.primary.point
    small = msgspec.structs.replace(refused, width=256, height=192)
    device.report("rejected", "OOM")
    device.report("committed")
    state = rig.store.device_state("cam-1").refused
    sizes = {key for key in state if key.startswith(refused.variant)}
    assert {f"{refused.variant}@{refused.width}x{refused.height}"} <= sizes
    assert f"{small.variant}@256x192" not in sizes
    life_s = rig.settings.refusal_s
    for waited_s, tried in ((life_s - 60.0, False), (120.0, True)):
        rig.wait(waited_s)
        answer = rig.services.decisions.plan("cam-1")
        assert answer is not None
        assert answer.plan.primary is not None
        same = answer.plan.primary.point.variant, answer.plan.primary.point.width
        assert (same == (refused.variant, refused.width)) == tried


def test_new_limits_reach_a_device_that_serves_on_as_it_is(rig: Rig) -> None:
    device = rig.device()
    device.introduce(dense_ms=5.0, int8_ms=5.0)
    device.report("committed")
    before = device.desired
    body = LabelBody(objective=ObjectiveBody(latency_p95_ms=1000.0))
    rig.services.fleet.label("cam-1", None, body)
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
    assert [e.kind for e in rig.store.events("cam-1")][-1] == "gave_up"


def test_what_failed_together_is_not_tried_again_together(rig: Rig) -> None:
    devices = [rig.device(f"cam-{number}") for number in range(12)]
    for device in devices:
        device.introduce()
    for device in devices:
        device.report("failed", "TIMEOUT")
    tried_after = []
    for _ in range(15):
        tried_after.append(sum(device.desired.revision == 2 for device in devices))
        rig.wait(0.5)
    assert tried_after[:5] == [0, 0, 0, 0, 0], "not within half of the wait"
    assert len(set(tried_after)) > 2
    assert all(device.desired.revision == 2 for device in devices)
    waits_s = [deployment_reports.retry_s(2, Random(seed)) for seed in range(200)]
    assert (min(waits_s), max(waits_s)) == pytest.approx((10.0, 30.0), rel=0.05)


def test_learning_survives_a_restart(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    point = device.desired.primary.point
    device.say("telemetry", telemetry(rig, point, 33.0))
    learnt = rig.services.learning.experience.of("cam-1")
    assert learnt
    rig.services.learning.load()
    assert rig.services.learning.experience.of("cam-1") == learnt


def test_less_free_disk_is_no_reason_for_a_new_plan(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    plans = len(rig.store.plans("cam-1"))
    fuller = msgspec.structs.replace(device.capabilities, disk_free_bytes=7)
    device.say("capabilities", fuller)
    assert rig.store.device("cam-1").capabilities == fuller
    assert len(rig.store.plans("cam-1")) == plans
    assert "capabilities" not in [e.kind for e in rig.store.events("cam-1")]
    device.say("capabilities", msgspec.structs.replace(fuller, cores=fuller.cores + 1))
    assert "capabilities" in [e.kind for e in rig.store.events("cam-1")]


def test_a_deployments_own_work_is_no_frames_energy(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    for seq, (energy_mj, disturbed) in enumerate(((900.0, True), (90.0, False)), 1):
        rig.clock.advance(5.0)
        window = telemetry(rig, device.desired.primary.point, 30.0, seq)
        figures = {"energy_mj_per_frame": energy_mj, "disturbed": disturbed}
        device.say("telemetry", msgspec.structs.replace(window, **figures))
    learnt = [o.energy_mj for o in rig.services.learning.experience.of("cam-1")]
    assert 900.0 not in learnt and 90.0 in learnt


def test_telemetry_counts_once(rig: Rig) -> None:
    device = rig.device()
    device.introduce()
    device.report("committed")
    window = telemetry(rig, device.desired.primary.point, 33.0)
    device.say("telemetry", window)
    device.say("telemetry", window)
    assert len(rig.services.learning.experience.of("cam-1")) == 1


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
    rig.clock.advance(rig.settings.desired_life_s + 1.0)
    device.say("birth", Birth(device="cam-1", epoch=1, highest_revision=0))
    stored = rig.store.device("cam-1")
    assert stored.revision == 2


def test_a_will_counts_only_for_its_own_session(rig: Rig) -> None:
    device = rig.device()
    device.say("birth", Birth(device="cam-1", epoch=5))
    assert rig.store.device("cam-1").online
    device.say("status", Status(device="cam-1", online=False, epoch=4))
    rig.wait(10.0)
    assert rig.store.device("cam-1").online, "the will of an older session"
    device.say("status", Status(device="cam-1", online=False, epoch=5))
    assert rig.store.device("cam-1").online, "not before the re-check"
    device.say("birth", Birth(device="cam-1", epoch=6))
    rig.wait(10.0)
    assert rig.store.device("cam-1").online, "it came back meanwhile"
    device.say("status", Status(device="cam-1", online=False, epoch=6))
    rig.wait(10.0)
    assert not rig.store.device("cam-1").online


def test_nothing_fits_is_said_with_the_reason(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    rig.device().introduce()
    event = rig.store.events("cam-1")[-1]
    assert event.kind == "no_plan"
    assert event.data["reasons"]
    rig.close()


def test_an_order_carries_the_policy_and_a_new_one_is_passed_on(rig: Rig) -> None:
    device = rig.device()
    device.introduce(int8_ms=20.0)
    device.report("committed")
    assert device.desired.policy == DEFAULTS.for_device()
    rig.services.policies.keep(PolicyRecord(scope="device:cam-1", values={"breach_windows": 4}))
    rig.services.decisions.consider("cam-1", "new policy")
    assert device.desired.policy == DevicePolicy(breach_windows=4)
    assert device.desired.primary == device.orders[-2].primary
    device.report("committed")
    count = len(device.orders)
    rig.services.decisions.consider("cam-1", "operator")
    assert len(device.orders) == count


def test_a_label_has_a_policy_of_its_own_that_a_device_overrides(rig: Rig) -> None:
    records = [
        PolicyRecord(scope="fleet", values={"probation_frames": 50, "breach_windows": 3}),
        PolicyRecord(scope="label:group=depot", values={"probation_frames": 60}),
        PolicyRecord(scope="device:cam-2", values={"breach_windows": 5}),
    ]
    for record in records:
        rig.services.policies.keep(record)
    for name in ("cam-1", "cam-2"):
        device = rig.device(name)
        rig.store.configure_device(name, None, labels={"group": "depot"})
        device.introduce()
        assert device.desired.probation_frames == 60
        assert device.desired.policy.breach_windows == (5 if name == "cam-2" else 3)
