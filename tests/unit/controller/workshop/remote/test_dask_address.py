"""URLs of Dask schedulers, and the files that go with them."""

import logging

import pytest
from lamplighter_controller.workshop.remote.dask_address import (
    DaskAddress,
    DaskTls,
    dask_address,
)
from lamplighter_wire.errors import SettingsError

FILES = DaskTls("ca.pem", "cert.pem", "key.pem")


def test_plain_and_encrypted() -> None:
    assert dask_address("dask://127.0.0.1:9000", DaskTls()) == DaskAddress("tcp://127.0.0.1:9000")
    assert dask_address("dask://localhost", DaskTls()) == DaskAddress("tcp://localhost:8786")
    assert dask_address("dask://[::1]:9000", DaskTls()) == DaskAddress("tcp://[::1]:9000")
    assert dask_address("dask+tls://host:1", FILES) == DaskAddress("tls://host:1", FILES)


@pytest.mark.parametrize(
    ("url", "files", "text"),
    [
        ("http://host:1", DaskTls(), "is not dask://HOST:PORT"),
        ("dask://", DaskTls(), "is not dask://HOST:PORT"),
        ("dask://host:many", DaskTls(), "executor"),
        ("dask+tls://host:1", DaskTls(ca="ca.pem"), "wants executor_ca, executor_cert"),
        ("dask://host:1", FILES, "are for dask\\+tls"),
    ],
)
def test_what_cannot_be_used_is_named(url: str, files: DaskTls, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        dask_address(url, files)


def test_without_encryption_a_network_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        dask_address("dask://127.0.0.1:1", DaskTls())
        assert caplog.records == []
        dask_address("dask://scheduler.example:1", DaskTls())
    assert "use dask+tls" in caplog.text
