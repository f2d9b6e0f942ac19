"""The device's part of the policy on the wire."""

import msgspec
import pytest
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import Desired
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy


def test_an_order_of_before_has_the_defaults():
    order = msgspec.json.decode(encode(Desired(device="cam-1", revision=3)))
    del order["policy"]
    assert decode(msgspec.json.encode(order), Desired).policy == DEFAULTS


def test_a_policy_travels_in_the_order():
    policy = DevicePolicy(breach_windows=5, slot_share=0.6)
    assert decode(encode(Desired(policy=policy)), Desired).policy == policy


def test_what_is_out_of_bounds_is_no_order():
    order = encode(Desired(policy=DevicePolicy(slot_share=7.0)))
    with pytest.raises(CodecError, match="slot_share"):
        decode(order, Desired)
