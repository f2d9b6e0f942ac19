"""Messages survive the wire; anything else is refused with a reason."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_wire.codec import MAX_MESSAGE_BYTES, canonical, decode, decode_channel, encode
from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import (
    CHANNEL_TYPES,
    Desired,
    Event,
    Message,
    OperatingPoint,
    Request,
    Rung,
    Telemetry,
)

_text = st.text(max_size=20)
_number = st.floats(allow_nan=False, allow_infinity=False)
_messages = st.one_of(
    st.builds(
        Telemetry,
        device=_text,
        seq=st.integers(0, 2**53),
        latency_p95_ms=_number,
        temperature_c=st.none() | _number,
        counts=st.dictionaries(_text, st.dictionaries(_text, st.integers(0, 10**6))),
    ),
    st.builds(Event, device=_text, text=_text, data=st.dictionaries(_text, st.integers(-9, 9))),
    st.builds(Request, device=_text, chunks=st.lists(_text), revision=st.integers(0, 2**31)),
    st.builds(
        Desired,
        device=_text,
        ladder=st.lists(
            st.builds(Rung, point=st.builds(OperatingPoint, variant=_text), regimes=st.lists(_text))
        ),
    ),
)


@given(_messages)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert decode(encode(message), type(message)) == message


@given(st.binary(max_size=300), st.sampled_from(sorted(CHANNEL_TYPES)))
@settings(max_examples=300)
def test_arbitrary_bytes_raise_codec_error_and_nothing_else(data: bytes, channel: str) -> None:
    try:
        decode_channel(channel, data)
    except CodecError:
        return
    assert isinstance(msgspec.json.decode(data), dict)


@given(st.dictionaries(st.text(min_size=1).map("x_{}".format), st.integers(), max_size=5))
def test_unknown_fields_are_ignored_and_missing_ones_defaulted(extra: dict[str, int]) -> None:
    assert decode(msgspec.json.encode({"device": "cam-1", **extra}), Event) == Event(device="cam-1")


def test_oversized_messages_are_refused_in_both_directions() -> None:
    with pytest.raises(CodecError, match="at most"):
        encode(Event(text="x" * MAX_MESSAGE_BYTES))
    with pytest.raises(CodecError, match="at most"):
        decode(b" " * (MAX_MESSAGE_BYTES + 1), Event)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(CodecError):
        decode(b'{"data":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, Event)


def test_a_wrong_type_names_the_field() -> None:
    with pytest.raises(CodecError, match=r"\$.revision"):
        decode(b'{"revision":"high"}', Desired)


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(CodecError, match="gossip"):
        decode_channel("gossip", b"{}")


def test_canonical_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == canonical({"a": {"c": 3, "d": 2}, "b": 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_the_senders_mistake(value: float) -> None:
    with pytest.raises(CodecError, match="latency_p95_ms"):
        encode(Telemetry(latency_p95_ms=value))
