"""How far what a device sends has come: each message's number, as a user property beside it.

A device numbers within a session, from 1, what it must not lose. The controller confirms the number
up to which all is durable (`Confirmed`); only then does the device forget. What a broker has
acknowledged may still be lost there.
"""

import re
from typing import NamedTuple

PROPERTY = "delivery"
AGAIN = "again"
_FORM = re.compile(r"([0-9]{1,16})/([0-9]{1,16})/([0-9]{1,16})(/again)?")


class Delivery(NamedTuple):
    """Where a message stands among what its session sends.

    Attributes:
        epoch: the session, as its birth names it.
        number: the message's; 0: of a birth, which the controller answers to show that it is there.
        oldest: the lowest number that is not confirmed; what is below will not be sent again.
        is_again: it was sent before in this session.
    """

    epoch: int
    number: int
    oldest: int
    is_again: bool = False

    def __str__(self) -> str:
        text = f"{self.epoch}/{self.number}/{self.oldest}"
        return f"{text}/{AGAIN}" if self.is_again else text


def parse_delivery(text: str) -> Delivery | None:
    """None where it says nothing that can be: such a message is handled, but not confirmed."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    epoch, number, oldest = (int(match[group]) for group in (1, 2, 3))
    if oldest > number or (oldest == 0) != (number == 0):
        return None
    return Delivery(epoch, number, oldest, match[4] is not None)
