"""What several of these files begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.eventful_day import EventfulDay


@pytest.fixture
def day(tmp_path: Path) -> Iterator[EventfulDay]:
    made = EventfulDay(tmp_path)
    yield made
    made.close()
