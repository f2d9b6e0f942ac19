"""How far ahead of its own requests a device listens."""

from lamplighter_wire import topics
from lamplighter_wire.artifacts.fetch_window import AHEAD_CEILING
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.transport.listening import Listening

SHAS = [sha256_hex(bytes([n])) for n in range(200)]


class Subscriptions:
    """What the broker knows of."""

    def __init__(self) -> None:
        self.connected = True
        self.topics: list[str] = []
        self.packets = 0

    def subscribe(self, *topic_filters: str, kept: bool = True) -> None:
        assert not kept
        self.packets += 1
        self.topics += [wanted for wanted in topic_filters if wanted not in self.topics]

    def unsubscribe(self, *topic_filters: str) -> None:
        self.packets += 1
        self.topics = [known for known in self.topics if known not in topic_filters]


def arrive(listening: Listening, sha: str) -> None:
    listening.arrived(sha)
    listening.taken(sha)


def test_what_has_arrived_is_given_up_before_it_is_looked_at() -> None:
    broker = Subscriptions()
    listening = Listening(broker, ManualClock())
    listening.listen(SHAS, 10)
    for sha in SHAS[:4]:
        listening.arrived(sha)
    assert broker.topics == [topics.blob(sha) for sha in SHAS[4:10]]


def test_what_arrived_damaged_is_listened_for_anew_and_stays_so() -> None:
    broker = Subscriptions()
    listening = Listening(broker, ManualClock())
    listening.listen(SHAS, 10)
    arrive(listening, SHAS[0])
    listening.ask([SHAS[0]], again=[SHAS[0]])
    for sha in SHAS[1:5]:
        arrive(listening, sha)
    assert topics.blob(SHAS[0]) in broker.topics


def test_many_topics_go_in_one_packet_and_half_of_them_at_a_time() -> None:
    broker, clock = Subscriptions(), ManualClock()
    listening = Listening(broker, clock)
    listening.listen(SHAS, 40)
    assert (len(broker.topics), broker.packets) == (40, 1)
    for sha in SHAS[:19]:
        arrive(listening, sha)
    listening.listen(SHAS[19:], 40)
    assert topics.blob(SHAS[40]) not in broker.topics, "half of them have not come"
    arrive(listening, SHAS[19])
    listening.listen(SHAS[20:], 40)
    assert topics.blob(SHAS[59]) in broker.topics


def test_who_turns_out_slow_stops_listening_to_the_last() -> None:
    broker = Subscriptions()
    listening = Listening(broker, ManualClock())
    listening.listen(SHAS, AHEAD_CEILING)
    listening.listen(SHAS, 16)
    assert broker.topics == [topics.blob(sha) for sha in SHAS[:16]]


def test_what_was_missed_is_listened_for_anew() -> None:
    clock = ManualClock()
    listening = Listening(Subscriptions(), clock)
    listening.listen(SHAS, 10)
    clock.advance(3.0)
    assert listening.ask(SHAS[:2], again=[SHAS[1]]) == {3.0: [SHAS[0]], 0.0: [SHAS[1]]}
    listening.lose()
    assert listening.ask(SHAS[:2], again=[]) == {0.0: SHAS[:2]}


def test_nothing_is_listened_for_at_the_end() -> None:
    broker = Subscriptions()
    listening = Listening(broker, ManualClock())
    listening.listen(SHAS, 10)
    arrive(listening, SHAS[0])
    listening.close()
    assert not broker.topics
