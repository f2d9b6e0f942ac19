"""Groups: devices that a query names, kept under a name; who is in one is asked anew each time."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from lamplighter_client.documents import FieldError
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.groups.facts import (
    FIELDS,
    DeviceFacts,
    is_label,
    label_name,
)
from lamplighter_controller.domain.groups.fitting import fitted
from lamplighter_controller.domain.groups.matching import holds, why_not
from lamplighter_controller.domain.groups.query import Query, QueryError, keys_of, parse_query
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.services.event_log import ControllerEvent, EventLog
from lamplighter_controller.services.groups.group_facts import GroupFacts
from lamplighter_controller.services.sentences import fleet_sentences
from lamplighter_controller.services.sentences.sentence import Sentence
from lamplighter_controller.store.groups.records import GroupRecord
from lamplighter_controller.store.groups.stores import GroupStore
from lamplighter_controller.store.records import DeviceRecord

# Of each list of a preview; the counts are of all.
MOST_LISTED = 500


@dataclass(frozen=True)
class Excluded:
    """A device that is not in a group, and why."""

    device: str
    reasons: list[str]


@dataclass(frozen=True)
class GroupPreview:
    """Who is in a group now. `remarks`: what in the query may be a mistake. Who comes in and goes
    out is beside another query, if there is one."""

    query: str
    matched: int
    devices: list[str]
    not_matched: int
    excluded: list[Excluded]
    remarks: list[str]
    entering: int = 0
    enters: Sequence[str] = ()
    leaving: int = 0
    leaves: Sequence[str] = ()


@dataclass(frozen=True)
class GroupFit:
    """Which site and labels bring a device into a group, and what else they change."""

    group: str
    device: str
    is_in: bool
    fits: bool
    site: str
    labels: Mapping[str, str]
    enters: list[str]
    leaves: list[str]
    in_the_way: list[str]


# Says what still needs a group, or nothing.
Use = Callable[[str], str]


class Groups:
    """Keeps groups and answers who is in them."""

    def __init__(
        self, store: GroupStore, facts: GroupFacts, clock: Clock, events: EventLog
    ) -> None:
        self._store = store
        self._facts = facts
        self._clock = clock
        self._events = events
        self._uses: list[Use] = []

    def add_use(self, use: Use) -> None:
        """What may need a group."""
        self._uses.append(use)

    def create(self, name: str, query: str, about: str = "") -> GroupRecord:
        """A new group.

        Raises:
            InvalidError: the query cannot be read.
            ConflictError: the name is taken.
        """
        checked_query(query)
        record = GroupRecord(name=name, query=query, about=about, changed_at=self._clock.time())
        self._store.add_group(record)
        self._note(fleet_sentences.group_made(name, query), record)
        return record

    def change(
        self, name: str, query: str, about: str, expected_version: int | None = None
    ) -> GroupRecord:
        """Other devices under the same name.

        Raises:
            InvalidError: the query cannot be read.
            NotFoundError: there is no such group.
            ConflictError: it is at another version.
        """
        checked_query(query)
        before = self._store.group(name)
        version = before.version if expected_version is None else expected_version
        changed = GroupRecord(
            name=name,
            query=query,
            about=about,
            version=version + 1,
            changed_at=self._clock.time(),
        )
        self._store.change_group(changed, version)
        self._note(fleet_sentences.group_changed(name, before.query, query), changed)
        return changed

    def delete(self, name: str, expected_version: int | None = None) -> GroupRecord:
        """Its name names nobody from now on; its devices stay.

        Raises:
            NotFoundError: there is no such group.
            ConflictError: something needs it, or it is at another version.
        """
        record = self._store.group(name)
        if expected_version is not None and record.version != expected_version:
            raise ConflictError(
                f"group {name!r} is not at version {expected_version}; read it again"
            )
        needed = "; ".join(filter(None, (use(name) for use in self._uses)))
        if needed:
            raise ConflictError(f"group {name!r} is needed: {needed}")
        self._store.delete_group(name)
        self._note(fleet_sentences.group_deleted(name), record)
        return record

    def preview(self, query: str, before: str = "") -> GroupPreview:
        """Who a query names, who it does not, and why not; beside a query `before`, who comes in
        and who goes out.

        Raises:
            InvalidError: the query cannot be read.
        """
        parsed, fleet = checked_query(query), list(self._facts.of_fleet())
        named = [facts.id for facts in fleet if holds(parsed, facts)]
        was = _named(before, fleet) if before else named
        enters, leaves = sorted(set(named) - set(was)), sorted(set(was) - set(named))
        others = [facts for facts in fleet if not holds(parsed, facts)]
        return GroupPreview(
            query=query,
            matched=len(named),
            devices=named[:MOST_LISTED],
            not_matched=len(others),
            excluded=[Excluded(f.id, why_not(parsed, f)) for f in others[:MOST_LISTED]],
            remarks=_remarks(parsed, fleet),
            entering=len(enters),
            enters=enters[:MOST_LISTED],
            leaving=len(leaves),
            leaves=leaves[:MOST_LISTED],
        )

    def fit(self, name: str, record: DeviceRecord) -> GroupFit:
        """What would bring a device into a group.

        Raises:
            NotFoundError: there is no such group.
        """
        query = parse_query(self._store.group(name).query)
        (facts,) = self._facts.of_devices([record])
        found = fitted(query, facts)
        then = facts if found is None else found
        now_in, then_in = self._naming(facts), self._naming(then)
        return GroupFit(
            group=name,
            device=record.id,
            is_in=holds(query, facts),
            fits=found is not None,
            site=then.site,
            labels=then.labels,
            enters=[one for one in then_in if one not in now_in],
            leaves=[one for one in now_in if one not in then_in],
            in_the_way=[] if found is not None else why_not(query, facts),
        )

    def _naming(self, facts: DeviceFacts) -> list[str]:
        """All groups that name a device."""
        groups = self._store.groups()
        return [group.name for group in groups if holds(parse_query(group.query), facts)]

    def members(self, name: str) -> list[str]:
        """Who is in a group now.

        Raises:
            NotFoundError: there is no such group.
        """
        parsed = parse_query(self._store.group(name).query)
        return [facts.id for facts in self._facts.of_fleet() if holds(parsed, facts)]

    def groups_of(self, record: DeviceRecord, names: Sequence[str]) -> list[str]:
        """In which of these groups a device is now."""
        if not names:
            return []
        (facts,) = self._facts.of_devices([record])
        asked = [group for group in self._store.groups() if group.name in names]
        return [group.name for group in asked if holds(parse_query(group.query), facts)]

    def _note(self, text: Sentence, record: GroupRecord) -> None:
        data = msgspec.structs.asdict(record)
        self._events.add(ControllerEvent.GROUP, text, group=data)


def _named(query: str, fleet: Sequence[DeviceFacts]) -> list[str]:
    parsed = parse_query(query)
    return [facts.id for facts in fleet if holds(parsed, facts)]


def checked_query(text: str) -> Query:
    """The query in a text.

    Raises:
        InvalidError: it is none.
    """
    try:
        return parse_query(text)
    except QueryError as error:
        raise InvalidError.of([FieldError(field="body.query", detail=str(error))]) from error


def _remarks(query: Query, fleet: Sequence[DeviceFacts]) -> list[str]:
    """Labels that no device has are likely misspelt."""
    known = {name for facts in fleet for name in facts.labels}
    unknown = sorted(label_name(key) for key in keys_of(query) if is_label(key))
    return [_remark(name, known) for name in unknown if name not in known]


def _remark(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, {*known, *FIELDS}, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"no device has a label {name!r}{meant}"
