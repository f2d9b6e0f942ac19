"""All that an enrolment needs in one line: what a QR code holds and a hand-held scanner types."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from lamplighter_wire.errors import CodecError

PREFIX = "lamplighter:enrol?"


@dataclass(frozen=True, slots=True)
class EnrolLink:
    """Where to enrol, as whom, and with which token."""

    url: str
    device: str
    token: str

    def __str__(self) -> str:
        fields = {"url": self.url, "device": self.device, "token": self.token}
        return PREFIX + urlencode(fields)

    def __repr__(self) -> str:
        return f"EnrolLink(url={self.url!r}, device={self.device!r}, token=…)"


def is_link(text: str) -> bool:
    """Whether it is meant to be one."""
    return text.strip().startswith(PREFIX)


def read_link(text: str) -> EnrolLink:
    """The link in a text.

    Raises:
        CodecError: something is missing in it.
    """
    fields = parse_qs(text.strip().removeprefix(PREFIX))
    try:
        return EnrolLink(fields["url"][0], fields["device"][0], fields["token"][0])
    except KeyError as error:
        raise CodecError(f"the scanned code names no {error.args[0]}; scan it again") from error
