"""Messages to bytes and back. The only place that knows they are JSON."""

from typing import TypeVar

import msgspec

from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import CHANNEL_TYPES, Message

M = TypeVar("M", bound=Message)

# Larger than any manifest of a model this product ships, small enough for a camera's memory.
MAX_MESSAGE_BYTES = 256 * 1024

_ENCODER = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """JSON bytes of a message. Raises CodecError when it is too large or not encodable."""
    try:
        data = _ENCODER.encode(message)
    except (TypeError, ValueError, RecursionError) as error:
        raise CodecError(f"cannot encode {type(message).__name__}: {error}") from error
    _check_size(data, type(message).__name__)
    if b"null" in data:
        # JSON has no NaN: it would go out as null and be refused where it arrives.
        decode(data, type(message))
    return data


def decode(data: bytes, kind: type[M]) -> M:
    """A message from bytes; unknown fields are ignored. Raises CodecError with the reason."""
    _check_size(data, kind.__name__)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CodecError(f"not a valid {kind.__name__}: {error}") from error


def decode_channel(channel: str, data: bytes) -> Message:
    """A message as the channel it came on prescribes. Raises CodecError."""
    kind = CHANNEL_TYPES.get(channel)
    if kind is None:
        raise CodecError(f"no message type for channel {channel!r}")
    return decode(data, kind)


def canonical(value: object) -> bytes:
    """JSON with sorted keys: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def _check_size(data: bytes, name: str) -> None:
    if len(data) > MAX_MESSAGE_BYTES:
        raise CodecError(f"{name} has {len(data)} bytes, at most {MAX_MESSAGE_BYTES} are allowed")
