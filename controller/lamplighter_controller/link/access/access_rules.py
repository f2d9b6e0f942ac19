"""Who may do what at the broker: its access rules, and which certificates hold no longer.

Every device writes its own channels and reads what is meant for it. Of chunks it reads those of
what it was ordered: that a topic is named by a hash, which nobody can guess, keeps out nobody who
subscribes to all of them. There is a rule for each artifact; of devices that do not listen by
artifacts, one for each chunk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lamplighter_wire.topics import ROOT, UP_CHANNELS

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
        blobs: device -> topics of chunks that it may read.
        shares_chunks: every device reads every chunk, at a broker that cannot be told of orders.
        revoked: list of revoked certificates, signed by the authority (PEM).
    """

    retired: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    blobs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shares_chunks: bool = False
    revoked: bytes = b""

    def text(self) -> str:
        """As mosquitto reads it."""
        sections = [CONTROLLER_RULES]
        sections += [_section(name, ["topic deny #"]) for name in sorted(self.retired)]
        sections += [_section(name, READER_RULES) for name in sorted(self.readers - self.retired)]
        reading = {device for device, topics in self.blobs.items() if topics}
        for device in sorted(reading - self.retired):
            rules = [f"topic read {topic}" for topic in sorted(self.blobs[device])]
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
