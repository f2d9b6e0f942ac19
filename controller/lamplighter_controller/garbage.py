"""How often Python looks for garbage in a process that holds a fleet."""

import gc

# Objects that are made before the next look at the youngest, and looks before one at the older. A
# batch of windows makes a hundred thousand objects that live until its commit; at the usual 700 and
# 10 all that a fleet has taught is walked through for each batch: a quarter of the processor time.
YOUNG, LOOKS = 50_000, 20


def collect_seldom() -> None:
    """For this process, from now on."""
    gc.set_threshold(YOUNG, LOOKS, LOOKS)
