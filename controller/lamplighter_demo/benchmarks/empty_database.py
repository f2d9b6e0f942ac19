"""An empty database for each part of a bench: what one part leaves would count in the next.

Of a bench without a database of its own, whose URL is "", nothing is looked at.
"""

import sqlalchemy as sa
from lamplighter_controller.errors import StoreError
from lamplighter_controller.store.engines import make_engine, shown


def check_empty(url: str) -> None:
    """Refuse a database that holds something, for the bench will empty it.

    Raises:
        StoreError: it has tables, or cannot be used; says which and what to do.
    """
    if not url:
        return
    engine = make_engine(url)
    try:
        tables = sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if tables:
        raise StoreError(
            f"the database {shown(engine.url)} has tables ({', '.join(sorted(tables)[:3])}):"
            " name an empty one, such as `createdb bench` makes"
        )


def empty(url: str) -> None:
    """Drop every table.

    Raises:
        StoreError: the database cannot be used.
    """
    if not url:
        return
    engine = make_engine(url)
    try:
        tables = sa.MetaData()
        tables.reflect(engine)
        tables.drop_all(engine)
    finally:
        engine.dispose()
