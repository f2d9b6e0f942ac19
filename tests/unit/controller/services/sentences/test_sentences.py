"""Every kind of event is told in a sentence that somebody understands who has read no code.

The samples are made by the functions that make the events, of values as they come: with ids that
hold digests, reason codes, names of settings.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from lamplighter_controller.domain.overrides.overrides import Override, OverrideKind
from lamplighter_controller.domain.policy.policy import thresholds
from lamplighter_controller.services.configurations.device_configurations import STREET
from lamplighter_controller.services.event_log import ControllerEvent
from lamplighter_controller.services.sentences import (
    deployment_sentences,
    device_sentences,
    fleet_sentences,
    work_sentences,
)
from lamplighter_controller.services.sentences.thresholds import threshold_words
from lamplighter_wire.enums import EventKind, Outcome, ReasonCode, SourceState
from lamplighter_wire.messages import OperatingPoint, Prediction, Reported, Rung, Shift, Workload
from lamplighter_wire.words import device_events
from lamplighter_wire.words.causes import cause_words

from tests.simulators.plain_words import strange_words

DEVICE, VARIANT, KEY = "cam-1", "int8-full-43352f", "int8-full-43352f@384x288"
POINT = OperatingPoint(variant=VARIANT, width=384, height=288)
RUNG = Rung(point=POINT, predicted=Prediction(expected_ap50=0.81, measured_on="renders"))


def _end(outcome: Outcome, reason: str = "") -> Reported:
    return Reported(revision=7, outcome=outcome, reason=reason, variant=VARIANT, detail="p95 9 ms")


def _override(kind: OverrideKind, scope: str) -> Override:
    target = "" if kind is OverrideKind.HOLD else VARIANT
    return Override(id=3, kind=kind, scope=scope, target=target, reason="road works", by="ann")


def _shift(before: str) -> Shift:
    return Shift(before=Workload(regime=before), after=Workload(regime="day-dry-jam", fps_demand=9))


REFUSED = _end(Outcome.REJECTED, ReasonCode.OVER_BUDGET)
NAMES = [threshold.name for threshold in thresholds()]
OF_UPDATES = {
    ControllerEvent.DEPLOY: [
        deployment_sentences.ordered(DEVICE, RUNG, f"refused {KEY}: SLOWER"),
        deployment_sentences.ordered_again(DEVICE, POINT, "new limits"),
    ],
    ControllerEvent.HELD: [
        deployment_sentences.held(DEVICE, RUNG, "changes are released from 22:00 to 05:00 UTC")
    ],
    ControllerEvent.WITHDRAWN: [deployment_sentences.withdrawn(DEVICE, POINT)],
    ControllerEvent.GAVE_UP: [deployment_sentences.gave_up(DEVICE, REFUSED, 3)],
    ControllerEvent.NOT_BELIEVED: [deployment_sentences.not_believed(DEVICE, REFUSED, -90.0)],
    ControllerEvent.NO_PLAN: [
        deployment_sentences.nothing_fits(DEVICE, f"nearest is {KEY}, which breaks latency")
    ],
    ControllerEvent.LATE_REQUEST: [deployment_sentences.late_request(DEVICE, 40.0)],
    ControllerEvent.UNKNOWN_REQUEST: [deployment_sentences.unknown_request(DEVICE, "coffee")],
    Outcome.COMMITTED: [deployment_sentences.ended(DEVICE, _end(Outcome.COMMITTED), RUNG)],
    Outcome.REJECTED: [
        deployment_sentences.not_begun(DEVICE, VARIANT, REFUSED),
        *(
            deployment_sentences.ended(DEVICE, _end(Outcome.REJECTED, code), None)
            for code in ReasonCode
        ),
    ],
    Outcome.ROLLED_BACK: [deployment_sentences.ended(DEVICE, _end(Outcome.ROLLED_BACK), RUNG)],
    Outcome.FAILED: [
        deployment_sentences.ended(DEVICE, _end(Outcome.FAILED, ReasonCode.ABORTED), RUNG),
        deployment_sentences.ended(DEVICE, _end(Outcome.FAILED, ReasonCode.DISK_FULL), RUNG),
    ],
    Outcome.UNKNOWN: [deployment_sentences.ended(DEVICE, _end(Outcome.UNKNOWN), None)],
}
OF_DEVICES = {
    ControllerEvent.ENROLLED: [device_sentences.enrolled(DEVICE)],
    ControllerEvent.REGISTERED: [
        device_sentences.registered(3, 1),
        device_sentences.unregistered(DEVICE),
    ],
    ControllerEvent.CLAIMED: [
        device_sentences.claims_taken(600.0),
        device_sentences.claims_taken(0.0),
        device_sentences.claimed(DEVICE, "192.0.2.7"),
        device_sentences.claim_decided(DEVICE, "192.0.2.7", "rejected", "ann"),
    ],
    ControllerEvent.RETIRED: [device_sentences.retired(DEVICE)],
    ControllerEvent.REVOKED: [device_sentences.revoked(DEVICE, "stolen")],
    ControllerEvent.RESTORED: [device_sentences.restored(DEVICE)],
    ControllerEvent.RELEASED: [device_sentences.released(DEVICE)],
    ControllerEvent.CLONED: [device_sentences.cloned(DEVICE)],
    ControllerEvent.CLONE_REFUSED: [device_sentences.clone_refused(DEVICE)],
    ControllerEvent.ONLINE: [device_sentences.online(DEVICE)],
    ControllerEvent.OFFLINE: [device_sentences.offline(DEVICE)],
    ControllerEvent.NOT_DELIVERED: [device_sentences.not_delivered(DEVICE, 1)],
    ControllerEvent.CAPABILITIES: [device_sentences.changed(DEVICE)],
    ControllerEvent.PROBE_ASKED: [device_sentences.probe_asked(DEVICE)],
    ControllerEvent.CERTIFICATE_ISSUED: [device_sentences.certificate_issued(DEVICE)],
    ControllerEvent.CERTIFICATE_REFUSED: [device_sentences.certificate_refused(DEVICE, "too soon")],
    ControllerEvent.CONFIGURATION: [
        device_sentences.configured(DEVICE, 4, "ann", "new lines"),
        device_sentences.configured(DEVICE, 4, "ann", "", STREET),
    ],
    ControllerEvent.STILL_ASKED: [device_sentences.still_asked(DEVICE, "")],
    ControllerEvent.PICTURES_ASKED: [device_sentences.pictures_asked(DEVICE, 9, "north", 5.0)],
    ControllerEvent.PICTURES_COLLECTED: [device_sentences.pictures_collected(DEVICE, 9, "north")],
    ControllerEvent.PICTURES_DELETED: [device_sentences.pictures_deleted(9, "north")],
    ControllerEvent.PICTURES_LEFT: [device_sentences.pictures_left(9, "north", "var/pictures")],
}
OF_FLEETS = {
    ControllerEvent.POLICY: [
        fleet_sentences.policy_changed(scope, dict.fromkeys(NAMES, value))
        for scope in ("fleet", "device:cam-1", "label:lens=wide")
        for value in (None, 1.0)
    ],
    ControllerEvent.GROUP: [
        fleet_sentences.group_made("north", "site=north"),
        fleet_sentences.group_changed("north", "site=north", "site=north or site=east"),
        fleet_sentences.group_deleted("north"),
    ],
    ControllerEvent.OVERRIDE: [
        told
        for kind in OverrideKind
        for scope in ("device:cam-1", "group:north")
        for told in (
            fleet_sentences.overridden(_override(kind, scope)),
            fleet_sentences.override_ended(_override(kind, scope), ""),
        )
    ],
    ControllerEvent.ATTENTION: [
        fleet_sentences.marked("breach_latency", "muted", "ann", "new board is ordered"),
        fleet_sentences.mark_ended("breach_latency", ""),
        fleet_sentences.mark_ended("", "ann"),
    ],
    ControllerEvent.ROLLOUT: [
        fleet_sentences.drafted("june", VARIANT, "north", "ann"),
        *(fleet_sentences.stepped("june", verb, "ann", "") for verb in fleet_sentences.STEPS),
        fleet_sentences.install_failed("june", DEVICE, "ann", "no disk"),
        *(
            fleet_sentences.moved("june", state, wave, "", {"rolled_back": 2, "ordered": 1})
            for state in fleet_sentences.STATES
            for wave in (0, 1)
        ),
    ],
}
OF_WORK = {
    ControllerEvent.STARTED: [work_sentences.started()],
    ControllerEvent.AUTHORITY: [
        work_sentences.authority_counts(),
        work_sentences.authority_signs(),
        work_sentences.authority_over(),
    ],
    ControllerEvent.SIGNING_KEY: [
        work_sentences.signing_key_counts(),
        work_sentences.signing_key_signs(),
        work_sentences.signing_key_over(),
    ],
    ControllerEvent.BROKER_FILES: [work_sentences.broker_files("copy two files to the broker")],
    ControllerEvent.PREPARED: [work_sentences.prepared()],
    ControllerEvent.PREPARE_FAILED: [work_sentences.prepare_failed("no memory")],
    ControllerEvent.EXECUTOR_AWAY: [work_sentences.executor("the Dask scheduler is away")],
    ControllerEvent.EXECUTOR_BACK: [work_sentences.executor("")],
    ControllerEvent.BUILD: [
        work_sentences.building(VARIANT, DEVICE),
        work_sentences.building(VARIANT, ""),
    ],
    ControllerEvent.BUILT: [work_sentences.built(VARIANT, 3.21)],
    ControllerEvent.BUILD_FAILED: [work_sentences.build_failed(VARIANT, DEVICE, "no memory")],
    ControllerEvent.EVALUATED: [work_sentences.evaluated(VARIANT)],
    ControllerEvent.EVALUATION_FAILED: [work_sentences.evaluation_failed(VARIANT, "no memory")],
    ControllerEvent.SITE: [work_sentences.site_begun("north", "nanodet-full", "openimages")],
    ControllerEvent.SITE_PARENT: [work_sentences.site_ended("north", "gains 2 points", kept=True)],
    ControllerEvent.SITE_NO_GAIN: [work_sentences.site_ended("north", "gains none", kept=False)],
    ControllerEvent.SITE_STOPPED: [work_sentences.site_failed("north", "it was stopped")],
    ControllerEvent.SITE_FAILED: [work_sentences.site_failed("north", "no pictures")],
    ControllerEvent.SITE_REMOVED: [work_sentences.site_removed("north")],
    ControllerEvent.UPKEEP_FAILED: [work_sentences.upkeep_failed("the disk is full")],
    ControllerEvent.UNREADABLE: [work_sentences.unreadable(2, "devices, cam-1")],
    ControllerEvent.WEBHOOK: [
        work_sentences.webhook("pager", "status 500"),
        work_sentences.webhook_over("pager"),
    ],
    ControllerEvent.STREET_PUSH: [
        work_sentences.street_push("status 500"),
        work_sentences.street_push(""),
        work_sentences.street_push_refused(["urn:a"], "status 400"),
        work_sentences.street_push_refused(["a", "b", "c", "d"], "status 207"),
    ],
    ControllerEvent.DISK_SHORT: [work_sentences.disk_short(120)],
    ControllerEvent.DISK_ENOUGH: [work_sentences.disk_enough(9000)],
}
BY_DEVICES = {
    EventKind.WORKLOAD_SHIFT: [
        device_events.workload_shift(_shift(before)) for before in ("", "night-dry", "day-dry-jam")
    ],
    EventKind.LADDER_SWITCH: [device_events.ladder_switch(POINT)],
    EventKind.SOURCE_LOST: [
        device_events.source(SourceState.LOST, "north", "no route"),
        device_events.source(SourceState.ENDED, "", ""),
    ],
    EventKind.SOURCE_BACK: [device_events.source(SourceState.OK, "north", "")],
    EventKind.DEPLOYMENT: [
        device_events.nothing_opens(),
        device_events.left_out(POINT, "its memory is too small"),
    ],
    EventKind.BREACH: [device_events.breach("p95 186.5 ms, limit 150.7 ms")],
    EventKind.PROBE_FAILED: [device_events.probe_failed("no runtime")],
    EventKind.SERVING_RESTARTED: ["serving has ended, and goes on; see the log"],
    EventKind.VARIANT_DAMAGED: [device_events.damaged(VARIANT, "3 bytes differ")],
    EventKind.VARIANT_MENDED: [
        device_events.mended(VARIANT, fetched=True),
        device_events.mended(VARIANT, fetched=False),
    ],
    EventKind.PICTURES: [device_events.pictures_asked(9, 5.0)],
    EventKind.PICTURES_SENT: [device_events.pictures_sent(9)],
    EventKind.PICTURES_REFUSED: [device_events.pictures_refused("its owner does not permit it")],
    EventKind.STILL_SENT: [device_events.still_sent("blurred")],
    EventKind.STILL_REFUSED: [device_events.still_refused("its owner does not permit it")],
    EventKind.CERTIFICATE_RENEWED: [device_events.certificate_renewed()],
    EventKind.CERTIFICATE_KEPT: [device_events.certificate_kept("it is for another key")],
    EventKind.AUTHORITIES_TAKEN: [device_events.authorities_taken(2)],
    EventKind.AUTHORITIES_KEPT: [device_events.authorities_kept("no key of ours has signed it")],
    EventKind.CONFIGURED: [device_events.configured(4)],
    EventKind.CONFIGURATION_REFUSED: [
        device_events.configuration_refused(0, "they are not signed"),
        device_events.configuration_refused(4, "a line is outside the picture"),
    ],
    EventKind.SIGNING_KEYS_TAKEN: [device_events.signing_keys_taken(2)],
    EventKind.CLOCK_CORRECTED: [device_events.clock_corrected(-400.0)],
    EventKind.SIGNING_KEYS_KEPT: [device_events.signing_keys_kept("no key of ours has signed it")],
}
OURS: dict[str, Sequence[str]] = {**OF_UPDATES, **OF_DEVICES, **OF_FLEETS, **OF_WORK}


def test_every_kind_of_event_has_a_sample() -> None:
    assert set(OURS) == {*ControllerEvent, *Outcome} - {Outcome.NONE}
    assert set(BY_DEVICES) == set(EventKind)


@pytest.mark.parametrize(
    "module",
    [deployment_sentences, device_sentences, fleet_sentences, work_sentences, device_events],
)
def test_every_sentence_is_among_the_samples(module: ModuleType) -> None:
    source, room = Path(__file__).read_text(), module.__name__
    own = [name for name, it in vars(module).items() if getattr(it, "__module__", "") == room]
    public = {name for name in own if not name.startswith("_")} - {"notice_words"}
    called = {name for name in public if f"{room.rpartition('.')[2]}.{name}(" in source}
    assert public == called


@pytest.mark.parametrize("kind", [*OURS, *BY_DEVICES])
def test_a_sentence_holds_no_id_code_or_name_of_a_setting(kind: str) -> None:
    for text in [*OURS.get(kind, ()), *BY_DEVICES.get(kind, ())]:
        assert strange_words(text) == [], text
        assert len(text.split()) > 2 and not text.endswith((":", ";", " "))


@pytest.mark.parametrize(
    "text",
    ["refused int8-full-43352f", "is OVER_BUDGET", "refusal_s is 3", "p50@384x288", "OOM"],
)
def test_what_is_forbidden_is_found(text: str) -> None:
    assert strange_words(text)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (f"refused {KEY}: SLOWER", "int8-full at 384x288"),
        ("shift of north day-dry-free to day-dry-jam", "was day-dry-free and is day-dry-jam"),
        ("breach of north", "it breaks a limit (camera north)"),
        ("probe; until the build is done", "it has measured its speed; until the build is done"),
        ("rollout june", "rollout june brings it"),
        ("leaving rollout june", "it leaves rollout june"),
        (f"built {VARIANT}", "int8-full has been built"),
        (f"build of {VARIANT} failed", "int8-full could not be built"),
        ("tried again after a failure", "tried again after a failure"),
    ],
)
def test_causes_are_told_in_words(cause: str, words: str) -> None:
    assert words in cause_words(cause)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("refusal_s", 3600.0, "refusal 3600 s"),
        ("objective", 1, "objective counts"),
        ("objective", "counts", "objective counts"),
        ("min_fps", None, "min fps as before"),
        ("model", "nanodet-full", "model nanodet-full"),
    ],
)
def test_thresholds_are_told_in_words(name: str, value: float | str | None, words: str) -> None:
    assert threshold_words(name, value) == words


def test_what_is_ordered_has_its_size_and_accuracy() -> None:
    told = deployment_sentences.ordered(DEVICE, RUNG, "probe")
    assert "int8-full at 384x288 (AP50 0.81 on rendered streets)" in told
