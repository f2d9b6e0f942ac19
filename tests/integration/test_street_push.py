"""Street counts that are posted to a context broker: a real HTTP server that takes and refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.errors import InvalidError, WebhookError
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.services.street.push import BACKLOG_S, GRACE_S, LOOK_S, StreetPush
from lamplighter_controller.services.street.push_target import PushTarget

from tests.simulators.context_broker import Broker, context_broker
from tests.simulators.counting_city import QUARTER_S, SECRET, CountingCity


@pytest.fixture
def broker() -> Iterator[Broker]:
    with context_broker() as made:
        yield made


class City(CountingCity):
    """Pushes to a context broker."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        super().__init__(folder, broker.url)
        self.broker = broker

    def intensities(self, ending: str = "north-in:car") -> list[int]:
        """What was taken of a movement and class, in order."""
        taken = [one for one in self.broker.history if one["id"].endswith(ending)]
        return [entity["intensity"]["value"] for entity in taken]


@pytest.fixture
def city(tmp_path: Path, broker: Broker) -> Iterator[City]:
    made = City(tmp_path, broker)
    yield made
    made.rig.close()


def test_an_interval_is_posted_once_when_its_last_windows_had_time_to_come(city: City) -> None:
    city.drive()
    city.push.push_due()
    assert city.intensities() == []
    city.clock.advance(GRACE_S)
    assert city.push.push_due() == 1
    assert city.push.push_due() == 0
    assert city.intensities() == [90]
    (headers,) = city.broker.headers
    assert headers["content-type"] == "application/ld+json"
    assert headers["authorization"] == f"Bearer {SECRET}"
    ((entity,),) = city.broker.requests
    assert entity["id"] == "urn:ngsi-ld:TrafficFlowObserved:cam-1:north-in:car"
    assert entity["address"]["value"]["streetAddress"] == "Gate"
    assert city.again().push_due() == 0, "a restart has not forgotten it"


def test_what_was_refused_is_posted_later_and_nothing_is_left_out(city: City) -> None:
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.broker.answers = [503]
    city.drive()
    with pytest.raises(WebhookError, match="status 503"):
        city.push.push_due()
    city.drive(2)
    city.broker.requests.clear()
    assert city.again().push_due() == 3
    assert city.intensities() == [90, 90, 90]
    told = [[one["intensity"]["observedAt"] for one in many] for many in city.broker.requests]
    assert told == [["2027-01-15T08:15:00Z"], ["2027-01-15T08:30:00Z"], ["2027-01-15T08:45:00Z"]]


def test_what_a_device_tells_late_is_posted_all_the_same(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    assert city.push.push_due() == 1
    city.clock.advance(3 * QUARTER_S)  # the link is down, and the device keeps what it saw
    assert city.push.push_due() == 0
    city.drive(3)
    city.clock.advance(QUARTER_S)
    assert city.push.push_due() == 3
    assert city.intensities() == [90] * 4


def test_a_long_absence_is_made_up_for_a_week(city: City) -> None:
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.drive()
    city.clock.advance(BACKLOG_S)
    assert city.again().push_due() == 0
    assert city.push.push_due() == 0


def test_trouble_is_told_once_and_so_is_its_end(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.broker.answers = [503, 500]
    for _ in range(4):
        city.push.look()
    assert city.told() == [
        "street counts are not taken where they are posted, and wait a week:"
        " it answered with status 503",
        "street counts are taken again where they are posted",
    ]


def test_nobody_who_answers_is_trouble_as_well(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    push = city.again("http://127.0.0.1:9/upsert")
    push.look()
    (told,) = city.told()
    assert "Connection refused" in told


def test_a_quiet_quarter_is_zero_for_all_that_may_come(city: City) -> None:
    city.draw(7, "north", "south")
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.counts = {}
    city.drive()
    city.push.push_due()
    assert city.intensities() == [90, 0]
    assert city.intensities("south-out:car") == [0, 0], "nobody took it, and it was watched"
    assert {one.rpartition(":")[2] for one in city.broker.entities} == {"car"}
    assert city.broker.history[0]["location"]["value"]["coordinates"] == [10.53, 52.27]


def test_what_was_seen_in_the_last_day_is_zero_when_it_does_not_come(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.counts = {}
    city.drive()
    assert city.again().push_due() == 1, "a restart has not forgotten what may come"
    assert city.intensities() == [90, 0]
    city.window_s = 300.0
    city.drive(97)
    city.again().push_due()
    assert city.intensities()[:4] == [90, 0, 0, 0]
    assert len(city.intensities()) == 1 + 96, "a day later it is forgotten"


def test_lines_that_changed_within_a_quarter_are_told_once_and_as_such(city: City) -> None:
    city.draw(7, "north")
    city.drive(0.5)
    city.draw(8, "north", "east")
    city.drive(0.5)
    city.clock.advance(GRACE_S)
    city.push.push_due()
    (request,) = city.broker.requests
    east, north = (one for one in request if one["id"].endswith("-in:car"))
    assert north["id"] == "urn:ngsi-ld:TrafficFlowObserved:cam-1:north-in:car"
    assert (east["intensity"]["value"], north["intensity"]["value"]) == (0, 90)
    assert north["complete"]["value"] is False
    assert north["trouble"]["value"].startswith("its lines changed within it")
    assert north["streetVersion"]["value"] == 8


def test_a_half_watched_quarter_says_so(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.at += 0.5 * QUARTER_S
    city.drive(0.5)
    city.clock.advance(0.5 * QUARTER_S)
    city.push.push_due()
    first, second = city.broker.history
    assert (first["complete"]["value"], first["trouble"]["value"]) == (True, "none")
    assert second["complete"]["value"] is False
    assert second["watchedSeconds"]["value"] == 450.0
    assert second["trouble"]["value"].startswith("450 s are missing")
    assert second["intensity"]["observedAt"] == "2027-01-15T08:30:00Z"


def test_what_a_broker_leaves_of_a_request_is_told_and_the_rest_counts(city: City) -> None:
    city.counts = {"north/in": {"car": 1}, "south/in": {"car": 2}}
    city.broker.looks_at_each, city.broker.refuses = True, ["south"]
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.look()
    assert city.intensities() == [90]
    assert city.told() == [
        "1 street count is not taken where they are posted, all others are:"
        " urn:ngsi-ld:TrafficFlowObserved:cam-1:south-in:car (status 207, Bad Request Data:"
        " urn:ngsi-ld:TrafficFlowObserved:cam-1:south-in:car is not wanted)"
    ]
    city.drive()
    city.push.look()
    assert city.intensities() == [90, 90]
    assert len(city.told()) == 1, "it is told once"
    assert city.push.standing.aside == 1
    assert "south-in:car is not wanted" in city.push.standing.aside_why
    city.broker.refuses.clear()
    city.drive()
    city.push.look()
    assert (city.push.standing.aside, city.push.standing.aside_why) == (0, "")
    assert city.intensities("south-in:car") == [180], "it is taken again when it is wanted"


@pytest.mark.parametrize("silent", [False, True])
def test_one_odd_movement_holds_up_nobody(city: City, silent: bool) -> None:
    city.counts = {f"line{n}/in": {"car": 1} for n in range(40)}
    city.broker.looks_at_each = city.broker.is_silent = silent
    city.broker.refuses = ["line17-in"]
    city.drive()
    city.clock.advance(GRACE_S)
    assert city.push.push_due() == 39
    assert len(city.broker.requests) < 20
    assert len(city.broker.entities) == 39
    assert "line17-in" in city.told()[0]
    city.broker.requests.clear()
    city.drive()
    assert city.push.push_due() == 39
    assert len(city.broker.requests) == 2, "and no more is lost with it than its own request"


def test_a_broker_that_refuses_everything_is_out_of_order_and_nothing_is_lost(city: City) -> None:
    city.counts = {f"line{n}/in": {"car": 1} for n in range(200)}
    city.broker.refuses = ["line"]
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.look()
    assert len(city.broker.requests) <= 64
    assert "it takes no entity: status 400" in city.told()[0]
    city.broker.refuses.clear()
    assert city.push.push_due() == 200


def test_a_broker_that_refuses_everything_is_asked_ever_more_seldom(city: City) -> None:
    city.counts = {f"line{n}/in": {"car": 1} for n in range(40)}
    city.clock.advance(GRACE_S)
    city.push.push_due()
    city.broker.refuses = ["line"]
    waits = []
    for _ in range(6):
        city.drive()
        city.push.look()
        waits.append(city.push.wait_s)
    assert waits == [120.0, 240.0, 480.0, 900.0, 900.0, 900.0]
    assert city.push.standing.again_at == city.clock.time() + 900.0
    city.broker.answers = [503]
    city.push.look()
    assert city.push.wait_s == LOOK_S, "to be asked whether it is there costs it little"
    city.broker.refuses.clear()
    city.push.look()
    observed = [one["intensity"]["observedAt"] for one in city.broker.history]
    assert len(observed) == 6 * 40, "nothing is lost"
    assert observed == sorted(observed), "and all comes in its order"
    assert (city.push.wait_s, city.push.standing.again_at) == (LOOK_S, None)
    city.broker.refuses = ["line"]
    city.drive()
    city.push.look()
    assert city.push.wait_s == 120.0, "it begins anew"


def test_an_odd_name_of_a_line_makes_a_proper_id(city: City) -> None:
    city.counts = {"Straße<1>/in": {"car": 1}}
    city.drive()
    city.clock.advance(GRACE_S)
    assert city.push.push_due() == 1
    (name,) = city.broker.entities
    assert name == "urn:ngsi-ld:TrafficFlowObserved:cam-1:Stra%C3%9Fe%3C1%3E-in:car"


def test_a_damaged_file_of_what_is_known_costs_what_was_seen_before_the_last_hour(
    city: City,
) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.push_due()
    (city.folder / "street-known.json").write_text("{nothing")
    city.counts = {}
    city.drive()
    assert city.again().push_due() == 1
    assert city.intensities() == [90, 0]


def test_a_damaged_file_of_progress_costs_a_repetition(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.push_due()
    (city.folder / "street-push.json").write_text("{nothing")
    assert city.again().push_due() == 1
    assert city.intensities() == [90, 90]


def test_an_end_waits_for_no_other_request_and_is_no_trouble(city: City) -> None:
    city.counts = {"north/in": {"car": 1}, "south/in": {"car": 1}}
    city.drive()
    city.clock.advance(GRACE_S)
    city.broker.refuses = ["north"]
    city.broker.hook = city.push.close  # before what is refused would be looked for
    city.push.look()
    assert len(city.broker.requests) == 1
    assert city.told() == []
    city.broker.hook = lambda: None
    assert city.again().push_due() == 1, "nothing is lost with it"


def test_where_nothing_can_be_posted_the_start_says_so(city: City) -> None:
    counts, events = StreetCounts(city.store, city.clock), EventLog(city.store, city.clock)
    path = city.folder / "progress"
    known = KnownMovements(counts, city.store, city.folder / "known")
    (city.folder / "empty").write_text("\n")
    url = "https://broker.example/x"
    for target, named in (
        (PushTarget("ftp://broker/x"), "street_push_url: "),
        (PushTarget("http://127.0.0.1/x"), "street_push_url: .*webhooks_local = true"),
        (PushTarget(url, str(city.folder / "none")), "street_push_token: .*/none: .*write"),
        (PushTarget(url, str(city.folder / "empty")), "street_push_token: .*/empty is empty"),
    ):
        with pytest.raises(InvalidError, match=named):
            StreetPush(city.store, counts, known, events, city.clock, target, path)


def test_a_new_platform_gets_the_last_week_where_the_file_says_zero(city: City) -> None:
    city.drive(3)
    city.clock.advance(GRACE_S)
    city.push.push_due()
    file = city.folder / "street-push.json"
    city.drive(1)
    assert city.again().push_due() == 1
    file.write_text(json.dumps(dict.fromkeys(json.loads(file.read_text()), 0)))
    assert city.again().push_due() == 4
    file.unlink()
    assert city.again().push_due() == 1


def test_how_it_goes_is_known_to_who_asks(city: City) -> None:
    city.drive()
    city.clock.advance(GRACE_S)
    city.push.look()
    assert city.push.standing.accepted_at == city.clock.time()
    assert city.push.standing.failing_since is None
    city.broker.answers = [503, 503]
    city.drive()
    city.push.look()
    since = city.clock.time()
    city.clock.advance(60.0)
    city.push.look()
    standing = city.push.standing
    assert (standing.failing_since, standing.why) == (since, "it answered with status 503")
    city.push.look()
    assert (city.push.standing.failing_since, city.push.standing.why) == (None, "")
