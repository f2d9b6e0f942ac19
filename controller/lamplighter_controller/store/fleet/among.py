"""What is asked of some devices only."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

# Names of devices; None: all there are, and what is no device's.
Among = Collection[str] | None


def is_among(column: sa.ColumnElement[Any], among: Among) -> sa.ColumnElement[bool]:
    """Whether a column holds the name of one of them."""
    return sa.true() if among is None else column.in_(sorted(among))
