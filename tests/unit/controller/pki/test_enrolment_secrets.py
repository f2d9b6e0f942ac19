"""Secrets of tokens: derived, and the same for everybody who asks at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets

THREADS = 16


def test_all_who_ask_first_derive_from_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        secrets = EnrolmentSecrets(tmp_path / str(attempt))
        with ThreadPoolExecutor(THREADS) as pool:
            asked = [pool.submit(secrets.secret, "t", "cam-1") for _ in range(THREADS)]
            derived = {each.result() for each in asked}
        assert derived == {EnrolmentSecrets(tmp_path / str(attempt)).secret("t", "cam-1")}


def test_each_token_and_device_has_its_own(tmp_path: Path) -> None:
    secrets = EnrolmentSecrets(tmp_path)
    pairs = [("t", "cam-1"), ("t", "cam-2"), ("u", "cam-1")]
    assert len({secrets.secret(*pair) for pair in pairs}) == len(pairs)
    assert (tmp_path / "tokens.key").stat().st_mode & 0o077 == 0
