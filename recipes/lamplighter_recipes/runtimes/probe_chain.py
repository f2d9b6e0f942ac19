"""The tiny networks of the device's probe, whatever the runtime: chains of equal convolutions.

The time of one divided by its multiply-accumulates is a rate of the device for that kind of work.
"""

HEIGHT, WIDTH = 36, 48
LAYERS = 4
SCALE = 0.05  # of 8-bit activations
KINDS = {"dense": (48, 1), "depthwise": (96, 96)}  # channels and groups


def work_mmac(channels: int, groups: int) -> float:
    """Million multiply-accumulates of one run."""
    return LAYERS * channels * (channels // groups) * 9 * HEIGHT * WIDTH / 1e6
