"""Counts in the words of other programs, by what their published schemas ask for."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.ngsi_ld import Place, entity_id, place_of, traffic_flow
from lamplighter_client.street.sensor_things import linked, observations, thing
from lamplighter_client.street.whole_quarters import SETTLES_S, settled, whole_quarters
from lamplighter_wire.messages import StreetPosition

from tests.simulators.sensor_things import facts, sensor_things

BEGIN = 1.8e9
SCHEMAS = Path(__file__).resolve().parents[4] / "docs/reference/schemas"
GATE = Place("Gate", 52.27, 10.53)
# Facts of the model TrafficFlowObserved of the FIWARE Smart Data Models, as key and value.
TRAFFIC_FLOW = json.loads((SCHEMAS / "traffic-flow-observed.json").read_text())


def intervals() -> list[StreetCount]:
    counts = {"north/in": {"car": 3, "truck": 1, "person": 4}, "south/out": {"bus": 2}}
    first = StreetCount(device="cam-1", start=BEGIN, seconds=900, counts=counts, complete=True)
    late = StreetCount(
        device="cam-1", start=BEGIN + 1800, seconds=900, counts={}, trouble="450 s are missing"
    )
    gap = StreetCount(device="cam-1", start=BEGIN + 900, seconds=900)
    return [first, gap, late]


def measured(**changes: Any) -> StreetCount:
    """With speeds over one line and the occupancy of it."""
    one = StreetCount(
        device="cam-1",
        start=BEGIN,
        seconds=900,
        counts={"north/in": {"car": 3, "bus": 1}, "north/to-west": {"car": 1}},
        complete=True,
        watched_s=900.0,
        speed_kmh={"north/in": {"car": 41.5}},
        speed_count={"north/in": {"car": 2}},
        occupancy={"north": 0.125},
    )
    return msgspec.structs.replace(one, **changes)


def as_values(entity: dict[str, object]) -> dict[str, object]:
    """Key and value, of an entity in normalized form."""
    values = {}
    for key, attribute in entity.items():
        value = attribute["value"] if isinstance(attribute, dict) else attribute
        values[key] = value["@value"] if isinstance(value, dict) and "@value" in value else value
    return values


def test_entities_are_as_the_model_says_and_no_gap_is_a_zero() -> None:
    entities = list(traffic_flow(intervals(), GATE))
    for entity in entities:
        jsonschema_rs.validate(TRAFFIC_FLOW, as_values(entity))
        attributes = [value for key, value in entity.items() if key not in ("id", "type")]
        assert all(isinstance(one, list) or "type" in one for one in attributes)
    first = [one for one in entities if one["intensity"]["observedAt"].endswith("08:15:00Z")]
    known = {entity["id"].rpartition(":")[2]: as_values(entity) for entity in first}
    assert set(known) == {"car", "truck", "bus"}, "people are no vehicles"
    assert (known["truck"]["vehicleType"], known["car"]["intensity"]) == ("lorry", 3)
    assert known["car"]["dateObserved"] == "2027-01-15T08:00:00Z/2027-01-15T08:15:00Z"
    assert entities[0]["location"]["value"]["coordinates"] == [10.53, 52.27]


def test_ids_are_of_device_camera_movement_and_class() -> None:
    (entity,) = traffic_flow(
        [StreetCount(device="box", stream="north", counts={"gate/in": {"car": 1}})], Place("box")
    )
    assert entity["id"] == "urn:ngsi-ld:TrafficFlowObserved:box:north:gate-in:car"
    assert "location" not in entity


def test_a_device_without_a_site_has_no_street_address_of_its_name() -> None:
    counts = [StreetCount(device="cam-1", start=BEGIN, seconds=900, counts={"n/in": {"car": 1}})]
    nowhere, there = place_of("", {}), place_of("", {"latitude": "1", "longitude": "2"})
    (entity,) = traffic_flow(counts, nowhere)
    jsonschema_rs.validate(TRAFFIC_FLOW, as_values(entity))
    assert "streetAddress" not in entity["address"]["value"]
    (entity,) = traffic_flow(counts, there)
    jsonschema_rs.validate(TRAFFIC_FLOW, as_values(entity))
    assert "address" not in entity
    assert thing("cam-1", there, counts)["Locations"][0]["name"] == "cam-1"


def test_intervals_that_are_not_over_or_not_told_of_wholly_are_no_figures_yet() -> None:
    first, gap, late = intervals()
    end = late.start + late.seconds
    assert settled(intervals(), end + SETTLES_S) == [first, gap, late]
    assert settled(intervals(), end + SETTLES_S - 1) == [first, gap]
    assert settled(intervals(), BEGIN) == []


def test_a_place_comes_from_labels_where_they_are_numbers() -> None:
    assert place_of("Gate", {"latitude": "52.27", "longitude": "10.53"}) == GATE
    assert place_of("", {"latitude": "north"}) == Place("")


def test_a_streets_positions_go_before_labels_and_each_camera_has_its_own() -> None:
    labels = {"latitude": "1", "longitude": "2"}
    of_all = StreetPosition(latitude=52.27, longitude=10.53)
    east = StreetPosition(latitude=52.3, longitude=10.6, heading_deg=90.0, stream="east")
    assert place_of("Gate", labels, [of_all]) == GATE
    place = place_of("Gate", labels, [east, of_all])
    assert place._replace(cameras={}) == GATE._replace(cameras={})
    assert (place.of("east").longitude, place.of("west").longitude) == (10.6, 10.53)
    assert place_of("Gate", {}, [east]).latitude == 52.3
    counts = [
        StreetCount(device="cam-1", stream=name, counts={"n/in": {"car": 1}})
        for name in ("east", "west")
    ]
    entities = list(traffic_flow(counts, place))
    told = {one["id"]: one["location"]["value"] for one in entities}
    headings = {one["id"][-14:]: one.get("cameraHeading") for one in entities}
    looks = {"type": "Property", "value": 90.0, "unitCode": "DD"}
    assert headings == {"1:east:n-in:car"[-14:]: looks, "1:west:n-in:car"[-14:]: None}
    prefix = "urn:ngsi-ld:TrafficFlowObserved:cam-1"
    assert told[f"{prefix}:east:n-in:car"]["coordinates"] == [10.6, 52.3]
    assert told[f"{prefix}:west:n-in:car"]["coordinates"] == [10.53, 52.27]
    made = thing("cam-1", place_of("Gate", labels, [east]), counts)
    assert made["properties"] == {"source": "lamplighter", "heading_deg": 90.0}
    assert made["Locations"][0]["location"]["coordinates"] == [10.6, 52.3]


def test_observations_have_zeros_and_no_gaps_and_say_what_is_missing() -> None:
    told = list(observations(intervals()))
    assert len(told) == 2 * 4
    (first, *_), late = told, told[-1]
    assert first["datastream"] == "cam-1 north/in car"
    observed = first["observation"]
    assert observed["phenomenonTime"] == "2027-01-15T08:00:00Z/2027-01-15T08:15:00Z"
    assert observed["result"] == 3
    assert "resultQuality" not in observed
    assert late["observation"]["result"] == 0
    assert late["observation"]["resultQuality"] == "450 s are missing"


def test_a_thing_has_a_datastream_for_each_observation() -> None:
    made = thing("cam-1", GATE, intervals())
    names = {stream["name"] for stream in made["Datastreams"]}
    assert names == {one["datastream"] for one in observations(intervals())}
    jsonschema_rs.validate(facts("Thing"), made)
    assert made["Locations"][0]["location"]["coordinates"] == [10.53, 52.27]
    assert "Locations" not in thing("cam-1", Place("x"), intervals())


def test_entities_have_speed_and_occupancy_where_they_were_measured() -> None:
    entities = {entity["id"]: as_values(entity) for entity in traffic_flow([measured()], GATE)}
    for values in entities.values():
        jsonschema_rs.validate(TRAFFIC_FLOW, values)
    car = entities["urn:ngsi-ld:TrafficFlowObserved:cam-1:north-in:car"]
    assert (car["averageVehicleSpeed"], car["occupancy"]) == (41.5, 0.125)
    bus = entities["urn:ngsi-ld:TrafficFlowObserved:cam-1:north-in:bus"]
    assert "averageVehicleSpeed" not in bus
    turn = entities["urn:ngsi-ld:TrafficFlowObserved:cam-1:north-to-west:car"]
    assert "occupancy" not in turn, "a turn is over no line of its own"
    assert all("occupancy" not in as_values(one) for one in traffic_flow(intervals(), GATE))


def test_speed_and_occupancy_are_datastreams_of_their_own() -> None:
    made = thing("cam-1", GATE, [measured()])
    streams = {one["name"]: one for one in made["Datastreams"]}
    assert streams["cam-1 north/in car speed"]["unitOfMeasurement"]["symbol"] == "km/h"
    told = [
        (one["datastream"], one["observation"]["result"])
        for one in observations([measured()])
        if "/" not in one["datastream"] or one["datastream"].endswith("speed")
    ]
    assert told == [("cam-1 north occupancy", 0.125), ("cam-1 north/in car speed", 41.5)]
    assert {one["datastream"] for one in observations([measured()])} <= set(streams)


def test_a_watched_interval_without_anybody_is_zero_for_each_camera_by_itself() -> None:
    north = {"north/in": {"car": 2}}
    several = [
        StreetCount(device="box", stream="a", start=BEGIN, seconds=900, counts=north),
        StreetCount(device="box", stream="a", start=BEGIN + 900, seconds=900, counts={}),
        StreetCount(device="box", stream="a", start=BEGIN + 1800, seconds=900),
        StreetCount(device="box", stream="b", start=BEGIN, seconds=900, counts={}),
    ]
    entities = list(traffic_flow(several, Place("Gate")))
    assert [one["intensity"]["value"] for one in entities] == [2, 0]
    assert {one["datastream"] for one in observations(several)} == {"box a north/in car"}
    assert [one["observation"]["result"] for one in observations(several)] == [2, 0]


def test_an_entity_says_when_it_was_so_and_of_how_much() -> None:
    half = measured(
        watched_s=450.0, trouble="450 s are missing", complete=False, street=3, notes=["swapped"]
    )
    (bus, car, _turn) = traffic_flow([half], GATE)
    for name in ("intensity", "averageVehicleSpeed", "occupancy", "complete", "trouble"):
        assert car[name]["observedAt"] == "2027-01-15T08:15:00Z"
    assert "observedAt" not in car["vehicleType"]
    assert (bus["complete"]["value"], bus["watchedSeconds"]["value"]) == (False, 450.0)
    assert (bus["trouble"]["value"], bus["streetVersion"]["value"]) == ("450 s are missing", 3)
    assert bus["notes"]["value"] == "swapped"
    [told, *_] = observations([half])
    assert told["observation"]["parameters"]["notes"] == "swapped"


def test_versions_of_lines_within_an_interval_are_put_together() -> None:
    before = measured(watched_s=300.0, street=3, failed_s=5.0, notes=["swapped"])
    after = measured(
        watched_s=600.0,
        street=4,
        counts={"north/in": {"car": 4}, "east/in": {"car": 1}},
        speed_kmh={"north/in": {"car": 20.0}},
        speed_count={"north/in": {"car": 2}},
        occupancy={"north": 0.5},
    )
    (one,) = whole_quarters([after, before])
    assert one.counts is not None
    assert (one.counts["north/in"], one.counts["east/in"]["car"]) == ({"car": 7, "bus": 1}, 1)
    assert (one.street, one.watched_s, one.complete) == (4, 900.0, False)
    assert (one.failed_s, one.notes) == (5.0, ["swapped"])
    assert one.speed_kmh == {"north/in": {"car": 27.0}}, "as many kilometres in the hours they took"
    assert one.occupancy == {"north": 0.375}
    assert "versions 3 and 4" in one.trouble


def test_what_is_missing_beside_a_change_of_lines_is_said_with_it() -> None:
    why = "321 s are missing: the camera was lost for 100 s; the device told nothing for 221 s"
    changed = "lines changed: others were in force for 300 s"
    parts = [
        measured(watched_s=300.0, street=3, trouble=f"{why}; {changed}", complete=False),
        measured(watched_s=279.0, street=4, trouble=changed, complete=False),
    ]
    (one,) = whole_quarters(parts)
    assert one.trouble == (
        "its lines changed within it: what was counted over versions 3 and 4 is added up; "
        "321 s are missing: the camera was lost; the device told nothing"
    )


def test_a_version_of_which_nothing_was_watched_changes_nothing() -> None:
    gap = StreetCount(device="cam-1", start=BEGIN, seconds=900, street=4, trouble="lost")
    assert whole_quarters([gap, measured()]) == whole_quarters([measured()])
    assert whole_quarters([gap]) == [gap]


def test_an_odd_name_of_a_line_is_encoded_in_an_id() -> None:
    name = entity_id("box", "a", "Straße<1>/to-Öl:2", "car")
    assert jsonschema_rs.is_valid(TRAFFIC_FLOW["properties"]["id"], name)
    assert not jsonschema_rs.is_valid(TRAFFIC_FLOW["properties"]["id"], "urn:ngsi-ld:Straße<1>")
    assert name == "urn:ngsi-ld:TrafficFlowObserved:box:a:Stra%C3%9Fe%3C1%3E-to-%C3%96l%3A2:car"
    assert entity_id("box", "", "north/in", "car").endswith("Observed:box:north-in:car")


def test_things_and_linked_observations_are_as_the_standard_demands() -> None:
    several = [measured(), *intervals()]
    jsonschema_rs.validate(facts("Thing"), thing("cam-1", GATE, several))
    for entry in observations(several):
        jsonschema_rs.validate(facts("Observation"), linked(entry, 7))
        with pytest.raises(jsonschema_rs.ValidationError, match="Datastream"):
            jsonschema_rs.validate(facts("Observation"), entry["observation"])


def test_an_export_is_posted_by_hand_as_the_guide_says() -> None:
    with sensor_things() as server:
        exported = thing("cam-1", GATE, intervals())
        assert server.post("Things", exported)[0] == 201, "the thing once, with its datastreams"
        query = {"$filter": "name eq 'cam-1'", "$expand": "Datastreams($top=1000)"}
        [found] = server.get("Things", None, None, query)["value"]
        ids = {stream["name"]: stream["@iot.id"] for stream in found["Datastreams"]}
        for entry in observations(intervals()):
            assert server.post("Observations", linked(entry, ids[entry["datastream"]]))[0] == 201
        assert server.results("cam-1 north/in car") == [3, 0]
        assert len(server.kept["Locations"]) == 1
