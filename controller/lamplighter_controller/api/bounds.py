"""What an operation is about, for tokens that do not reach the whole fleet."""

from enum import StrEnum


class Bounds(StrEnum):
    """Unless it says otherwise, an operation is about the fleet."""

    FLEET = "fleet"  # refused to tokens of less
    DEVICE = "device"  # about the device in its path
    OWN = "own"  # looks by itself which devices are within reach
    OPEN = "open"  # says nothing of a device
