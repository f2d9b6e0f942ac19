"""The generated reference pages are current."""

from pathlib import Path

import pytest

from docs.generate.controller import pages

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
COMMAND = "run: python -m docs.generate.controller docs/reference"


@pytest.mark.parametrize("name", ["cli.md", "http-api.md", "openapi.json"])
def test_the_page_is_current(name: str) -> None:
    assert (REFERENCE / name).read_text() == pages()[name], COMMAND


def test_every_route_but_a_few_needs_a_role() -> None:
    rows = [line.split(" | ") for line in pages()["http-api.md"].splitlines() if "/api/v1/" in line]
    free = {row[1].strip("`") for row in rows if len(row) > 2 and row[2] == "none"}
    # Devices show who they are by a signature, or by their token's secret.
    of_devices = {"/api/v1/blobs/{sha}", "/api/v1/claims", "/api/v1/enrol"}
    assert free == {"/api/v1/authority", "/api/v1/health", "/api/v1/time"} | of_devices
