"""Who may do what at the broker: its access rules, and which certificates hold no longer.

Every device writes its own channels and reads what is meant for it. Of chunks it reads those that
it was ordered, one rule each: that a topic is named by a hash, which nobody can guess, keeps out
nobody who subscribes to all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lamplighter_wire.topics import ROOT, UP_CHANNELS, blob

from lamplighter_controller.pki.names import CONTROLLER_NAME

READ_ROOT, DISCOVERY_ROOT = "lamplighter/read", "homeassistant"
CONTROLLER_RULES = f"""\
user {CONTROLLER_NAME}
topic readwrite {ROOT}/#
topic write {READ_ROOT}/#
topic write {DISCOVERY_ROOT}/#
topic read $SYS/#
"""
# What a reader sees; the tree of the devices is denied, where a rule for everybody lets each name
# write channels of its own.
READER_RULES = (
    f"topic deny {ROOT}/#",
    f"topic read {READ_ROOT}/#",
    f"topic read {DISCOVERY_ROOT}/#",
)


@dataclass(frozen=True)
class AccessRules:
    """What differs from device to device.

    Attributes:
        retired: names that may do nothing at all, whatever certificate they show.
        readers: names of programs that read what is published for them, and do nothing else.
        chunks: device -> hashes of the chunks that it may read.
        shares_chunks: every device reads every chunk, at a broker that cannot be told of orders.
        revoked: list of revoked certificates, signed by the authority (PEM).
    """

    retired: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    chunks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shares_chunks: bool = False
    revoked: bytes = b""

    def text(self) -> str:
        """As mosquitto reads it."""
        sections = [CONTROLLER_RULES]
        sections += [_section(name, ["topic deny #"]) for name in sorted(self.retired)]
        sections += [_section(name, READER_RULES) for name in sorted(self.readers - self.retired)]
        reading = {device for device, chunks in self.chunks.items() if chunks}
        for device in sorted(reading - self.retired):
            rules = [f"topic read {blob(sha)}" for sha in sorted(self.chunks[device])]
            sections.append(_section(device, rules))
        return "\n".join([*sections, "\n".join(self._patterns()), ""])

    def _patterns(self) -> Iterable[str]:
        for channel in UP_CHANNELS:
            yield f"pattern write {ROOT}/%u/up/{channel}"
        yield f"pattern read {ROOT}/%u/down/+"
        if self.shares_chunks:
            yield f"pattern read {ROOT}/blob/+"


def _section(user: str, rules: Iterable[str]) -> str:
    return "\n".join([f"user {user}", *rules, ""])
