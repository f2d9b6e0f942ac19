"""Keys that would be lost are named with what was meant; what other programs write passes."""

from typing import Any

import pytest
from lamplighter_client.configuring.street_keys import street_keys_problem


def file(properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    features = [{"type": "Feature", "properties": properties or {"name": "north"}}]
    return {"type": "FeatureCollection", "features": features, **more}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (file(position=[{}]), "a key 'position', which nothing reads; did you mean 'positions'?"),
        (file(turn=True), "a key 'turn', which nothing reads; did you mean 'turns'?"),
        (file(Width=640), "a key 'Width', which nothing reads; did you mean 'width'?"),
        (file(road=7), "a key 'road', which nothing reads; known are: type, features, camera"),
        (file(positions=[{"latitude": 1}, {"heading": 9}]), "positions 2 has a key 'heading'"),
        (file(distances=[{"distance": 9}]), "distances 1 has a key 'distance', which nothing"),
        (file({"name": "a", "strem": "east"}), "a property 'strem', which nothing reads; did you"),
        (file({"name": "a", "masks": True}), "feature 1 has a property 'masks'"),
        (file({"Name": "a"}), "did you mean 'name'?"),
    ],
)
def test_what_nobody_reads_is_named(document: dict[str, Any], words: str) -> None:
    assert words in street_keys_problem(document)


def test_what_other_programs_write_passes() -> None:
    written = {"crs": {}, "bbox": [0, 0, 9, 9], "name": "layer", "generator": "a", "id": 3}
    looks = {"stroke": "#f00", "stroke-width": 2, "fill-opacity": 0.5, "marker-color": "#00f"}
    assert not street_keys_problem(file({"name": "a", "Name": "A"} | looks, **written))
    assert not street_keys_problem(file(**{"@context": "x", "_layer": 1}))
    assert not street_keys_problem(file(turns=True, positions=[{"latitude": 1, "stream": "a"}]))
