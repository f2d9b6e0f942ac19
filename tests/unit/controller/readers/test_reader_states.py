"""States of devices for readers: what is told, when, and that no word of a device is a template."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.broker_choice import read_shut_out
from lamplighter_controller.services.readers.readers import MOST_READERS
from lamplighter_controller.services.readers.state_documents import (
    MOST_COUNTS,
    MOST_NAME,
    discovery_topic,
    state_topic,
)
from lamplighter_controller.services.readers.state_publisher import StatePublisher
from lamplighter_controller.services.readers.street_documents import (
    GRACE_S,
    StreetDocuments,
    street_topic,
)
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Birth, OperatingPoint, Telemetry

from tests.simulators.controller_rig import Device, Rig

HOSTILE = "x'] }}{{ states('lock.door') }}\n\x1b[2J" + "y" * 100
TEMPLATE = re.compile(
    r"\{\{ ('ON' if value_json\.\w+ else 'OFF'|value_json\.\w+ \| default\(none\)"
    r"|value_json\.counts\.c[0-9a-f]{12}) \}\}"
)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


class Retained:
    """What a broker would keep."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.is_away = False

    def publish(self, topic: str, payload: bytes) -> None:
        if self.is_away:
            raise TransportError("away")
        if payload:
            self.kept[topic] = json.loads(payload)
        else:
            self.kept.pop(topic, None)


def publisher(rig: Rig, retained: Retained) -> StatePublisher:
    services = rig.services
    counts = StreetCounts(rig.store, rig.clock)
    known = KnownMovements(counts, rig.store, rig.settings.data_dir / "street-known.json")
    streets = StreetDocuments(counts, known, rig.store, rig.clock)
    return StatePublisher(
        rig.store, services.health, services.window_totals, rig.clock, retained.publish, streets
    )


def counting(
    rig: Rig, counts: dict[str, dict[str, int]], seq: int = 1, start: float = 0.0
) -> Device:
    device = rig.device() if seq == 1 else Device(rig, "cam-1", {})
    device.say("birth", Birth(device="cam-1", epoch=1))
    device.introduce()
    serving = OperatingPoint(variant="full-fp32")
    window = Telemetry(
        device="cam-1",
        seq=seq,
        start=start,
        seconds=10.0,
        serving=serving,
        frames=50,
        counts=counts,
    )
    device.say("telemetry", window)
    return device


def test_nothing_is_told_before_somebody_reads(rig: Rig) -> None:
    retained = Retained()
    counting(rig, {})
    states = publisher(rig, retained)
    assert states.publish_changes() == 0
    rig.services.readers.readers.create("desk", "ops")
    assert states.publish_changes() == 5
    assert states.publish_changes() == 0, "only what has changed"
    rig.services.readers.readers.end("desk")
    assert states.publish_changes() == 5
    assert retained.kept == {}


def test_a_state_has_counts_under_keys_that_its_names_explain(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {"north/in": {"car": 3}})
    publisher(rig, retained).publish_changes()
    state = retained.kept[state_topic("cam-1")]
    ((key, number),) = state["counts"].items()
    assert (number, state["names"][key], state["online"]) == (3, "north in car", True)
    entities = retained.kept[discovery_topic("cam-1")]["cmps"]
    assert entities[key]["stat_cla"] == "total_increasing"
    assert retained.kept[discovery_topic("cam-1")]["stat_t"] == state_topic("cam-1")


def test_a_street_is_told_a_quarter_of_an_hour_at_a_time(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {"north/in": {"car": 3}}, start=900.0)
    states = publisher(rig, retained)
    rig.clock.advance(1800.0 + GRACE_S - 1.0 - rig.clock.time())
    states.publish_changes()
    [before] = retained.kept[street_topic("cam-1")]["intervals"]
    assert (before["start"], before["counts"]) == (0.0, None), "a gap is no zero"
    rig.clock.advance(2.0)
    states.publish_changes()
    [quarter] = retained.kept[street_topic("cam-1")]["intervals"]
    assert (quarter["start"], quarter["seconds"]) == (900.0, 900.0)
    assert quarter["counts"] == {"north/in": {"car": 3}}


def test_what_a_device_tells_late_corrects_its_last_quarter(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {"north/in": {"car": 3}}, start=900.0)
    states = publisher(rig, retained)
    rig.clock.advance(1800.0 + GRACE_S - rig.clock.time())
    states.publish_changes()
    assert retained.kept[street_topic("cam-1", "ngsi-ld")][0]["intensity"]["value"] == 3
    counting(rig, {"north/in": {"car": 4}}, seq=2, start=1700.0)
    states.publish_changes()
    [quarter] = retained.kept[street_topic("cam-1")]["intervals"]
    assert quarter["counts"] == {"north/in": {"car": 7}}
    assert retained.kept[street_topic("cam-1", "ngsi-ld")][0]["intensity"]["value"] == 7
    counting(rig, {}, seq=3, start=1800.0)
    states.publish_changes()
    assert states.publish_changes() == 0, "it has told past the quarter"


def test_a_street_is_told_in_the_words_of_two_standards_with_its_zeros(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {"north/in": {"car": 3}}, start=10.0)
    counting(rig, {}, seq=2, start=1000.0)
    states = publisher(rig, retained)
    rig.clock.advance(1800.0 + GRACE_S - rig.clock.time())
    states.publish_changes()
    assert street_topic("cam-1", "ngsi-ld") == "lamplighter/read/cam-1/street/ngsi-ld"
    [entity] = retained.kept[street_topic("cam-1", "ngsi-ld")]
    assert (entity["type"], entity["intensity"]["value"]) == ("TrafficFlowObserved", 0)
    told = retained.kept[street_topic("cam-1", "sensorthings")]
    [stream] = told["thing"]["Datastreams"]
    [observation] = told["observations"]
    assert observation["datastream"] == stream["name"] == "cam-1 north/in car"
    assert observation["observation"]["result"] == 0


def test_what_is_too_long_for_a_broker_is_not_told(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {f"line-{n}/in": {"car": 1} for n in range(250)}, start=900.0)
    states = publisher(rig, retained)
    rig.clock.advance(1800.0 + GRACE_S - rig.clock.time())
    states.publish_changes()
    assert len(retained.kept[street_topic("cam-1")]["intervals"][0]["counts"]) == 250
    assert street_topic("cam-1", "ngsi-ld") not in retained.kept


def test_no_word_of_a_device_stands_in_a_template(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {f"{HOSTILE}{i}/{HOSTILE}": {HOSTILE: 1} for i in range(MOST_COUNTS + 20)})
    publisher(rig, retained).publish_changes()
    entities = retained.kept[discovery_topic("cam-1")]["cmps"]
    assert len(entities) <= MOST_COUNTS + 10
    for entity in entities.values():
        assert TEMPLATE.fullmatch(entity["val_tpl"]), entity
        assert len(entity["name"]) <= MOST_NAME
        assert entity["name"].isprintable()
        assert re.fullmatch(r"[\w-]+", entity["uniq_id"])


def test_after_the_broker_was_away_all_is_told_again(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {})
    states = publisher(rig, retained)
    states.publish_changes()
    counting(rig, {"north/in": {"car": 1}}, seq=2)
    retained.is_away = True
    assert states.publish_changes() == 0
    retained.is_away, retained.kept = False, {}
    assert states.publish_changes() == 5


def test_who_leaves_while_the_broker_is_away_is_cleared_when_it_is_back(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {})
    rig.device("cam-2")
    states = publisher(rig, retained)
    states.publish_changes()
    assert discovery_topic("cam-1") in retained.kept
    rig.services.retirements.retire("cam-1", None)
    retained.is_away = True
    assert states.publish_changes() == 0
    retained.is_away = False
    states.publish_changes()
    assert {topic for topic in retained.kept if "cam-1" in topic} == set()
    assert states.publish_changes() == 0


def test_who_left_before_a_start_is_cleared_at_the_broker(rig: Rig) -> None:
    retained = Retained()
    rig.services.readers.readers.create("desk", "ops")
    counting(rig, {})
    publisher(rig, retained).publish_changes()
    rig.services.retirements.retire("cam-1", None)
    started = publisher(rig, retained)  # the controller ended before its next look
    started.publish_changes()
    assert retained.kept == {}, "its entities leave Home Assistant"


def test_readers_have_names_certificates_and_an_end(rig: Rig) -> None:
    readers = rig.services.readers.readers
    made = readers.create("desk", "ops")
    assert "BEGIN CERTIFICATE" in made.certificate and "PRIVATE KEY" in made.key
    with pytest.raises(ConflictError, match="end it first"):
        readers.create("desk", "ops")
    for number in range(MOST_READERS - 1):
        readers.create(f"desk-{number}", "ops")
    with pytest.raises(ConflictError, match="end one first"):
        readers.create("one-more", "ops")
    readers.end("desk")
    with pytest.raises(NotFoundError, match="reader list"):
        readers.end("desk")
    readers.create("desk", "ops")  # another certificate under the name


def test_the_broker_is_told_who_reads_and_who_no_longer(rig: Rig, tmp_path: Path) -> None:
    from lamplighter_controller.pki.authority import Authority

    authority = Authority(tmp_path / "pki")
    readers = rig.services.readers.readers
    readers.create("desk", "ops")
    readers.create("gone", "ops")
    readers.end("gone")
    out = read_shut_out(rig.store, authority)
    assert (out.readers, out.retired) == ({"_reader-desk"}, {"_reader-gone"})
    text = AccessRules(retired=out.retired, readers=out.readers).text()
    assert "user _reader-desk\ntopic deny lamplighter/v1/#\ntopic read lamplighter/read/#" in text
    assert "user _reader-gone\ntopic deny #" in text
