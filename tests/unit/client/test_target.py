"""Finding the controller: by options, else by what a running one left."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_client.errors import NoControllerError
from lamplighter_client.target import CONTROLLER_FILE, ControllerFile, Target, find_controller


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Of a running controller."""
    token = tmp_path / "admin.token"
    token.write_text("secret\n")
    facts = ControllerFile(url="http://here:1", token_file=str(token))
    (tmp_path / CONTROLLER_FILE).write_bytes(msgspec.json.encode(facts))
    return tmp_path


def test_a_running_controller_is_found(data: Path) -> None:
    assert find_controller(data) == Target("http://here:1", "secret")


def test_what_is_named_counts_before_what_is_found(data: Path) -> None:
    assert find_controller(data, url="http://there:2") == Target("http://there:2", "secret")
    assert find_controller(data, token="other") == Target("http://here:1", "other")


def test_both_named_need_no_file(tmp_path: Path) -> None:
    target = find_controller(tmp_path, "http://there:2", "other")
    assert target == Target("http://there:2", "other")


@pytest.mark.parametrize("content", [None, b"{", b'{"url": "http://here:1"}'])
def test_no_controller(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / CONTROLLER_FILE).write_bytes(content)
    with pytest.raises(NoControllerError, match="lamplighter serve --data"):
        find_controller(tmp_path)
