"""Counts in the words of other programs, by what their published schemas ask for."""

import jsonschema_rs
from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.ngsi_ld import Place, place_of, traffic_flow
from lamplighter_client.street.sensor_things import observations, thing

BEGIN = 1.8e9
GATE = Place("Gate", 52.27, 10.53)
# Facts of the model TrafficFlowObserved of the FIWARE Smart Data Models, as key and value.
TRAFFIC_FLOW = {
    "type": "object",
    "required": ["id", "type", "dateObserved"],
    "anyOf": [{"required": ["location"]}, {"required": ["address"]}],
    "properties": {
        "id": {"type": "string", "pattern": r"^[\w:.{}|*~!$,;-]+$", "maxLength": 256},
        "type": {"enum": ["TrafficFlowObserved"]},
        "dateObserved": {"type": "string"},
        "dateObservedFrom": {"type": "string", "format": "date-time"},
        "dateObservedTo": {"type": "string", "format": "date-time"},
        "intensity": {"type": "number", "minimum": 0},
        "averageVehicleSpeed": {"type": "number", "minimum": 0},
        "occupancy": {"type": "number", "minimum": 0, "maximum": 1},
        "vehicleType": {"enum": ["bicycle", "bus", "car", "lorry", "motorcycle", "van"]},
    },
}


def intervals() -> list[StreetCount]:
    counts = {"north/in": {"car": 3, "truck": 1, "person": 4}, "south/out": {"bus": 2}}
    first = StreetCount(device="cam-1", start=BEGIN, seconds=900, counts=counts, complete=True)
    late = StreetCount(
        device="cam-1", start=BEGIN + 1800, seconds=900, counts={}, trouble="450 s are missing"
    )
    gap = StreetCount(device="cam-1", start=BEGIN + 900, seconds=900)
    return [first, gap, late]


def measured() -> StreetCount:
    """With speeds over one line and the occupancy of it."""
    return StreetCount(
        device="cam-1",
        start=BEGIN,
        seconds=900,
        counts={"north/in": {"car": 3, "bus": 1}, "north/to-west": {"car": 1}},
        watched_s=900.0,
        speed_kmh={"north/in": {"car": 41.5}},
        speed_count={"north/in": {"car": 2}},
        occupancy={"north": 0.125},
    )


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
    known = {entity["id"].rpartition(":")[2]: as_values(entity) for entity in entities}
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


def test_a_place_comes_from_labels_where_they_are_numbers() -> None:
    assert place_of("cam-1", "Gate", {"latitude": "52.27", "longitude": "10.53"}) == GATE
    assert place_of("cam-1", "", {"latitude": "north"}) == Place("cam-1")


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
    for stream in made["Datastreams"]:
        wanted = {"name", "description", "observationType", "unitOfMeasurement"}
        assert wanted | {"ObservedProperty", "Sensor"} == set(stream)
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
