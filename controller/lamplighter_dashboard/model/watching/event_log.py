"""Events as they are shown: the newest, or a stretch further back, and never too many. Pure."""

from collections.abc import Sequence

from lamplighter_client.documents import Event
from lamplighter_client.wording import is_news

MOST = 1000


class EventLog:
    """A stretch of the log without a gap.

    Attributes:
        events: that are worth showing, oldest first.
        newest: id of the newest that is known of, shown or not; 0: none.
        oldest: id of the first of the stretch; 0: none.
        has_older: whether there may be some before it.
        waiting: how many came that are not shown, because the stretch lies further back.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.events: list[Event] = []
        self.newest = self.oldest = self.waiting = 0
        self.has_older = self.is_past = False

    def begin(self, page: Sequence[Event], *, has_older: bool) -> None:
        """The newest ones: whatever was there before is forgotten."""
        self.events = list(filter(is_news, page))
        self.newest = page[-1].id if page else 0
        self.oldest = page[0].id if page else 0
        self.has_older, self.is_past, self.waiting = has_older, False, 0

    def take(self, event: Event) -> None:
        """One that has just happened."""
        self.newest = max(self.newest, event.id)
        self.oldest = self.oldest or event.id
        if not is_news(event):
            return
        if self.is_past:
            self.waiting += 1
            return
        self.events.append(event)
        if len(self.events) > self._most:
            del self.events[: -self._most]
            self.oldest, self.has_older = self.events[0].id, True

    def add_older(self, page: Sequence[Event], *, has_older: bool) -> None:
        """Those before the first one; where these are too many, the newest give way."""
        self.has_older = has_older
        if not page:
            return
        self.oldest = page[0].id
        self.events = [*filter(is_news, page), *self.events]
        if (beyond := len(self.events) - self._most) > 0:
            del self.events[self._most :]
            self.is_past = True
            self.waiting += beyond
