"""How far a token reaches: the whole fleet, or the devices of one site or group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamplighter_controller.errors import ForbiddenError, NotFoundError
from lamplighter_controller.store.records import DeviceRecord

SITE, GROUP = "site:", "group:"
# In which of some groups a device is.
GroupsOf = Callable[[DeviceRecord, Sequence[str]], Sequence[str]]


@dataclass(frozen=True)
class Reach:
    """Attributes:
    scope: `site:NAME` or `group:NAME`; empty: the whole fleet.
    """

    scope: str
    groups_of: GroupsOf
    device: Callable[[str], DeviceRecord]

    @property
    def is_whole(self) -> bool:
        return not self.scope

    @property
    def site(self) -> str | None:
        """Of a token for one; None: it is for all, or for a group."""
        return self.scope.removeprefix(SITE) if self.scope.startswith(SITE) else None

    def has(self, record: DeviceRecord) -> bool:
        """Whether a device is within."""
        if self.is_whole:
            return True
        if self.scope.startswith(SITE):
            return record.site == self.scope.removeprefix(SITE)
        group = self.scope.removeprefix(GROUP)
        return group in self.groups_of(record, [group])

    def has_named(self, device: str) -> bool:
        """The same by name; a device that is not there is not within."""
        if self.is_whole:
            return True
        try:
            return self.has(self.device(device))
        except NotFoundError:
            return False

    def check(self, device: str | None) -> None:
        """A device that something is asked about, or None where it is about all.

        Raises:
            ForbiddenError: it is about all, and the token reaches not so far.
            NotFoundError: it is not within, or not there: who has no business with it is not told
                which.
        """
        if self.is_whole:
            return
        if not device:
            raise ForbiddenError(f"the token reaches {self.scope} only: name a device of it")
        if not self.has_named(device):
            text = f"no device {device!r} in {self.scope}; see: lamplighter device list"
            raise NotFoundError(text)

    def check_whole(self) -> None:
        """Raises ForbiddenError unless it is the whole fleet."""
        if not self.is_whole:
            raise ForbiddenError(
                f"this is about the whole fleet, and the token reaches {self.scope} only"
            )

    def check_stays(self, record: DeviceRecord) -> None:
        """A device after a change.

        Raises:
            ForbiddenError: it would be out of reach.
        """
        if not self.has(record):
            raise ForbiddenError(f"{record.id} would leave {self.scope}: ask whoever has the fleet")

    def has_scope(self, scope: str) -> bool:
        """Of what is set for `device:ID` or `group:NAME`, whether that is within."""
        kind, _, name = scope.partition(":")
        if self.is_whole or scope == self.scope:
            return True
        return kind == "device" and self.has_named(name)
