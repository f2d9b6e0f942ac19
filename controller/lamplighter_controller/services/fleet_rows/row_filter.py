"""Which rows are asked for: a query of the groups' language, and how far a token reaches."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lamplighter_client.documents import FieldError

from lamplighter_controller.domain.groups.facts import DeviceFacts
from lamplighter_controller.domain.groups.matching import holds
from lamplighter_controller.domain.groups.query import (
    Not,
    Query,
    QueryError,
    QueryTest,
    keys_of,
    parse_query,
)
from lamplighter_controller.errors import InvalidError, NotFoundError
from lamplighter_controller.services.access.reach import GROUP, SITE

SEEN = "seen"
QueryOf = Callable[[str], str]


@dataclass(frozen=True)
class RowFilter:
    """Attributes:
    query: None: all rows.
    reach: what the token's group names, or its site; None: the whole fleet.
    """

    query: Query | None = None
    reach: Query | str | None = None

    @property
    def ages(self) -> bool:
        """Whether a device comes or goes though nothing is heard of it."""
        return self.query is not None and SEEN in keys_of(self.query)

    def reaches(self, facts: DeviceFacts) -> bool:
        """Whether the token's holder may know of a device."""
        if self.reach is None:
            return True
        if isinstance(self.reach, str):
            return facts.site == self.reach
        return holds(self.reach, facts)

    def has(self, facts: DeviceFacts, last_seen: float, now: float) -> bool:
        """Whether a device's row is asked for and may be told."""
        if not self.reaches(facts):
            return False
        if self.query is None:
            return True
        if self.ages:
            facts = replace(facts, seen_s=now - last_seen if last_seen else None)
        return holds(self.query, facts)


def row_filter(text: str, scope: str, query_of_group: QueryOf) -> RowFilter:
    """From the text of a query (empty: all), and a token's scope.

    Raises:
        InvalidError: the query cannot be read.
    """
    reach: Query | str | None = None
    if scope.startswith(SITE):
        reach = scope.removeprefix(SITE)
    elif scope:
        reach = _group_reach(scope.removeprefix(GROUP), query_of_group)
    if not text.strip():
        return RowFilter(None, reach)
    try:
        return RowFilter(parse_query(text), reach)
    except QueryError as error:
        raise InvalidError.of([FieldError(field="query.query", detail=str(error))]) from error


def _group_reach(name: str, query_of_group: QueryOf) -> Query:
    """What a group names; nobody where there is no such group any more."""
    try:
        return parse_query(query_of_group(name))
    except NotFoundError:
        return Not(QueryTest("id"))
