"""A database that was made without an encoding serves as any other."""

import sqlalchemy as sa
from lamplighter_controller.store.engines import make_engine

from tests.simulators.postgres import PostgresServer


def test_texts_come_back_as_texts_whatever_encoding_the_database_has(
    postgres: PostgresServer,
) -> None:
    options = ["--encoding=SQL_ASCII", "--locale=C", "--template=template0"]
    engine = make_engine(postgres.new_database(*options))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE sites (name TEXT)"))
        connection.execute(sa.text("INSERT INTO sites VALUES ('Düsseldorf ☃')"))
        assert connection.scalar(sa.text("SELECT name FROM sites")) == "Düsseldorf ☃"
    engine.dispose()
