"""Topics are built and parsed in one place, and nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire import topics
from lamplighter_wire.errors import TopicError
from lamplighter_wire.transport.protocol import matches

_devices = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True).filter(lambda d: d != "blob")


@given(_devices, st.sampled_from(topics.UP_CHANNELS))
def test_up_topics_come_back(device: str, channel: str) -> None:
    topic = topics.up(device, channel)
    assert topics.parse(topic) == topics.Address(device, "up", channel)
    assert matches(topics.ALL_UP, topic)
    assert not matches(topics.all_down(device), topic)


@given(_devices, st.sampled_from(topics.DOWN_CHANNELS))
def test_down_topics_come_back(device: str, channel: str) -> None:
    topic = topics.down(device, channel)
    assert topics.parse(topic) == topics.Address(device, "down", channel)
    assert matches(topics.all_down(device), topic)
    assert not matches(topics.ALL_UP, topic)


@given(st.text(max_size=80))
def test_arbitrary_topics_raise_topic_error_or_are_ours(topic: str) -> None:
    try:
        address = topics.parse(topic)
    except TopicError:
        return
    assert topic == f"{topics.ROOT}/{address.device}/{address.direction}/{address.channel}"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "lamplighter/v1/cam-1/up",
        "lamplighter/v2/cam-1/up/birth",
        "lamplighter/v1/Cam/up/birth",
        "lamplighter/v1/cam-1/up/desired",
        "lamplighter/v1/cam-1/down/birth",
        "lamplighter/v1/cam-1/sideways/birth",
        "lamplighter/v1/blob/up/birth",
        "lamplighter/v1/cam-1/up/birth/x",
    ],
)
def test_what_is_not_ours_is_refused(topic: str) -> None:
    with pytest.raises(TopicError):
        topics.parse(topic)


@pytest.mark.parametrize("device", ["", "a" * 41, "Cam", "a/b", "+", "#", "blob", "cam\n"])
def test_no_topic_is_built_for_what_is_no_device(device: str) -> None:
    for build in (lambda d: topics.up(d, "birth"), topics.all_down):
        with pytest.raises(TopicError):
            build(device)


def test_chunks_are_named_by_hashes_only() -> None:
    sha = "0123456789abcdef" * 4
    artifact = sha[::-1]
    assert topics.parse_blob(topics.blob(sha)) == sha
    assert topics.parse_blob(topics.blob(sha, artifact)) == sha
    assert matches(topics.blobs_of(artifact), topics.blob(sha, artifact))
    assert not matches(topics.blobs_of(sha), topics.blob(sha, artifact))
    assert topics.parse_blob(f"{topics.ROOT}/blob/{artifact}/{artifact}/{sha}") is None
    for bad in ("x" * 64, sha[1:], sha.upper(), sha + "\n", "+"):
        with pytest.raises(TopicError):
            topics.blob(bad)
        with pytest.raises(TopicError):
            topics.blob(sha, bad)
        assert topics.parse_blob(f"{topics.ROOT}/blob/{bad}/{sha}") is None
        assert topics.parse_blob(f"{topics.ROOT}/blob/{bad}") is None
