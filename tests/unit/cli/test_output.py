"""Tables for people."""

from lamplighter_cli.output import Column, table
from lamplighter_client.documents import Device


def test_tables() -> None:
    rows = [Device(id="a", online=True, last_seen=1.5), Device(id="bcd", labels={})]
    columns = (
        Column[Device]("ID", lambda device: device.id),
        Column[Device]("SEEN", lambda device: device.last_seen or None),
        Column[Device]("ONLINE", lambda device: device.online),
    )
    assert table(rows, columns) == "ID   SEEN  ONLINE\na    1.5   yes\nbcd  -     no\n"
