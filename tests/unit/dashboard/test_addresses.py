"""The controller's address as a device is told it."""

import pytest
from lamplighter_dashboard.words.joining.addresses import for_devices, is_reached


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://127.0.0.1:8080", "https://CONTROLLER:8080"),
        ("https://localhost", "https://CONTROLLER"),
        ("http://[::1]:8080/", "http://CONTROLLER:8080"),
        ("https://north.example", "https://north.example"),
        ("https://north.example:8080", "https://north.example:8080"),
    ],
)
def test_only_what_a_device_reaches_is_written_out(url: str, told: str) -> None:
    assert for_devices(url) == told
    assert is_reached(url) == ("CONTROLLER" not in told)
