"""Files that have changed are told from those that have not."""

from pathlib import Path

from lamplighter_controller.workshop.file_states import file_sha256, file_state, folder_state
from lamplighter_wire.blobs import sha256_hex


def test_a_change_shows_in_the_state_and_in_the_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    missing = file_state(path)
    path.write_bytes(b"one")
    state, sha = file_state(path), file_sha256(path)
    assert missing != state
    assert folder_state(tmp_path, "*.json") == [state]
    assert sha == sha256_hex(b"one")
    path.write_bytes(b"other")
    assert file_state(path) != state
    assert file_sha256(path) == sha256_hex(b"other")
