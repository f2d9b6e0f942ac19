"""Groups of devices, and who is in them."""

from lamplighter_client.documents.base import Document


class DeviceGroup(Document, frozen=True, kw_only=True):
    """Devices that a query names, under a name of their own."""

    name: str = ""
    query: str = ""
    about: str = ""
    version: int = 0  # grows with every change; the ETag
    changed_at: float = 0.0


class ExcludedDevice(Document, frozen=True, kw_only=True):
    """A device that a query does not name, and what keeps it out."""

    device: str = ""
    reasons: list[str] = []


class GroupPreview(Document, frozen=True, kw_only=True):
    """Whom a query names now; of each list the first ones by id, the counts are of all.

    Who comes in and goes out is beside whom the group names that was asked about.
    """

    query: str = ""
    matched: int = 0
    devices: list[str] = []
    not_matched: int = 0
    excluded: list[ExcludedDevice] = []
    remarks: list[str] = []  # what in the query may be a mistake
    entering: int = 0
    enters: list[str] = []
    leaving: int = 0
    leaves: list[str] = []


class GroupFit(Document, frozen=True, kw_only=True):
    """Which site and labels bring a device into a group, and what else they change."""

    group: str = ""
    device: str = ""
    is_in: bool = False  # it is named already
    fits: bool = False  # the site and labels below bring it in, or it is in
    site: str = ""
    labels: dict[str, str] = {}  # all of them
    enters: list[str] = []  # groups that would name it then and do not now
    leaves: list[str] = []  # groups that name it now and would not then
    in_the_way: list[str] = []  # what neither site nor labels can change


class Override(Document, frozen=True, kw_only=True):
    """What an operator has set for a device or a group by hand."""

    id: int = 0
    kind: str = ""  # hold | pin | avoid
    scope: str = ""  # device:ID or group:NAME
    target: str = ""
    reason: str = ""
    by: str = ""
    at: float = 0.0
    until: float = 0.0
    ended_at: float | None = None
    ended_by: str = ""


class RolledBack(Document, frozen=True, kw_only=True):
    """What rolling one device back came to, or would; `why_not`: it is left as it is, and why."""

    device: str = ""
    variant: str = ""
    override: int = 0  # that pins it there; 0: none, or none yet
    is_held: bool = False  # the device holds it still: nothing is downloaded
    why_not: str = ""
