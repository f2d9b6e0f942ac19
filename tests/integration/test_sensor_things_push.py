"""Street counts that are posted to an OGC SensorThings server: over HTTP, to one that judges."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.errors import WebhookError
from lamplighter_controller.services.street.push import GRACE_S

from tests.simulators.counting_city import CountingCity
from tests.simulators.sensor_things import Server, sensor_things

NORTH = "cam-1 north/in car"


@pytest.fixture
def server() -> Iterator[Server]:
    with sensor_things() as made:
        yield made


@pytest.fixture
def city(tmp_path: Path, server: Server) -> Iterator[CountingCity]:
    made = CountingCity(tmp_path, server.url, "sensorthings")
    yield made
    made.rig.close()


def first_quarter(city: CountingCity) -> int:
    city.drive()
    city.clock.advance(GRACE_S)
    return city.push.push_due()


def test_what_is_missing_is_made_once_and_then_observations_alone(
    city: CountingCity, server: Server
) -> None:
    city.draw(7, "north", "south")
    assert first_quarter(city) == 4
    kinds = {kind: len(entities) for kind, entities in server.kept.items()}
    assert (kinds["Things"], kinds["Sensors"], kinds["ObservedProperties"]) == (1, 1, 1)
    assert kinds["Datastreams"] == 4
    (thing,) = server.kept["Things"].values()
    assert (thing["name"], thing["properties"]) == ("cam-1", {"source": "lamplighter"})
    (stands,) = server.kept["Locations"].values()
    assert stands["location"]["coordinates"] == [10.53, 52.27]
    server.posted.clear()
    city.counts = {}
    city.drive()
    assert city.push.push_due() == 4
    assert server.posted == ["Observations"] * 4
    assert server.results(NORTH) == [90, 0], "a quiet quarter is a zero"
    assert server.results("cam-1 south/out car") == [0, 0]
    assert city.told() == []


def test_a_restart_finds_all_again_and_tells_nothing_twice(
    city: CountingCity, server: Server
) -> None:
    first_quarter(city)
    (city.folder / "street-push.json").unlink()
    again = city.again()
    assert again.push_due() == 0, "the server knows it"
    city.drive()
    server.posted.clear()
    assert again.push_due() == 1
    assert server.posted == ["Observations"]
    assert server.results(NORTH) == [90, 90]


@pytest.mark.parametrize("text", [False, True])
def test_many_datastreams_come_page_by_page_under_ids_of_any_kind(
    city: CountingCity, server: Server, *, text: bool
) -> None:
    server.page, server.has_text_ids = 3, text
    city.counts = {f"Straße {n}'s/in".replace(" ", "·"): {"car": 1} for n in range(10)}
    assert first_quarter(city) == 10
    city.drive()
    assert city.again().push_due() == 10
    assert len(server.kept["Datastreams"]) == 10


def test_what_was_not_taken_is_told_later_and_in_its_order(
    city: CountingCity, server: Server
) -> None:
    city.counts = {"north/in": {"car": 1, "bus": 1}}
    first_quarter(city)
    city.drive()
    server.answers = [0, 503]
    with pytest.raises(WebhookError, match="status 503"):
        city.push.push_due()
    city.drive()
    city.push.push_due()
    assert server.results("cam-1 north/in bus") == [90, 90, 90], "the one that was taken is not"
    assert server.results(NORTH) == [90, 90, 90]


def test_an_answer_that_was_lost_brings_no_observation_twice(
    city: CountingCity, server: Server
) -> None:
    city.counts = {"north/in": {"car": 1, "bus": 1}}
    first_quarter(city)
    city.drive()
    server.loses = 1
    city.push.look()
    assert len(city.told()) == 1
    city.push.look()
    assert server.results(NORTH) == [90, 90]
    assert server.results("cam-1 north/in bus") == [90, 90]
    assert city.told()[-1] == "street counts are taken again where they are posted"


def test_a_datastream_that_is_not_taken_holds_up_nobody_and_is_told_once(
    city: CountingCity, server: Server
) -> None:
    city.counts = {"north/in": {"car": 1}, "odd/in": {"car": 1}}
    server.refuses = ["odd"]
    assert first_quarter(city) == 1
    city.drive()
    assert city.push.push_due() == 1
    (told,) = city.told()
    assert "cam-1 odd/in car (status 400, cam-1 odd/in car is not wanted)" in told
    server.refuses.clear()
    city.drive()
    assert city.push.push_due() == 2


def test_an_observed_property_that_is_not_taken_holds_up_no_other(
    city: CountingCity, server: Server
) -> None:
    city.occupancy = {"north": 0.25, "south": 0.5}
    city.counts = {"north/in": {"car": 1}, "south/in": {"car": 1}}
    server.unobserved = ["occupancy"]
    assert first_quarter(city) == 2
    asked = server.posted.count("ObservedProperties")
    assert asked == 2, "what is refused is tried once in an interval"
    (told,) = city.told()
    assert "cam-1 north occupancy" in told
    assert "does not take 'occupancy': status 400" in told
    city.drive()
    assert city.push.push_due() == 2
    assert len(city.told()) == 1
    server.unobserved.clear()
    city.drive()
    assert city.push.push_due() == 4
    assert server.results("cam-1 north occupancy") == [0.25]


def test_a_thing_that_is_not_taken_is_trouble_where_it_is_all(
    city: CountingCity, server: Server
) -> None:
    server.refuses = ["cam-1"]
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.look()
    assert "it takes no observation: it does not take 'cam-1': status 400" in city.told()[0]
    server.refuses.clear()
    city.push.look()
    assert server.results(NORTH) == [90]


def test_one_datastream_that_somebody_deleted_is_made_again(
    city: CountingCity, server: Server
) -> None:
    city.counts = {"north/in": {"car": 1, "bus": 1}}
    first_quarter(city)
    deleted, _car = server.kept["Datastreams"]
    del server.kept["Datastreams"][deleted]
    city.drive()
    assert city.push.push_due() == 1
    assert "there is none of Datastreams with id" in city.told()[0]
    city.drive()
    assert city.push.push_due() == 2
    assert server.results("cam-1 north/in bus") == [90]


def test_datastreams_that_somebody_deleted_are_made_again(
    city: CountingCity, server: Server
) -> None:
    first_quarter(city)
    server.kept["Datastreams"].clear()
    city.drive()
    city.push.look()
    assert "it takes no observation" in city.told()[0]
    city.push.look()
    assert server.results(NORTH) == [90]


def test_a_part_of_an_interval_says_so(city: CountingCity, server: Server) -> None:
    first_quarter(city)
    city.at += 450.0
    city.drive(0.5)
    city.clock.advance(450.0)
    city.push.push_due()
    half = list(server.kept["Observations"].values())[-1]
    assert half["result"] == 45
    assert half["resultQuality"].startswith("450 s are missing")
    assert half["parameters"]["watched_s"] == 450.0


def test_where_no_server_is_the_trouble_says_so(city: CountingCity, server: Server) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.again(server.url + "/nowhere").look()
    assert "status 404" in city.told()[0]
