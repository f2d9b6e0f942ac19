"""Steps from one signing key to the next: in order, and whole wherever the power fails."""

from pathlib import Path

import pytest
from lamplighter_controller.errors import ConflictError, DamagedError
from lamplighter_controller.pki.rotation import Phase
from lamplighter_controller.pki.signer import FILE, Signer
from lamplighter_wire.codec import decode
from lamplighter_wire.key_succession import BelievedKeys, follow
from lamplighter_wire.messages import SignedKeys
from lamplighter_wire.signing import KeySet, SigningKey


def devices_believe(signer: Signer, enrolled: KeySet) -> BelievedKeys:
    """What a device that was enrolled with these believes, once it has heard all lists."""
    return follow(BelievedKeys(enrolled), [decode(one, SignedKeys) for one in signer.lists])


def test_both_count_until_the_old_one_is_ended(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    first, enrolled = signer.key, signer.keys
    signer.begin()
    assert signer.key.key_id == first.key_id, "the old one signs"
    assert devices_believe(signer, enrolled).keys == signer.keys
    assert set(signer.keys.keys) == {signer.key.key_id, signer.other.key_id if signer.other else ""}
    signer.switch()
    second = signer.key
    assert second.key_id != first.key_id
    assert set(signer.keys.keys) == {first.key_id, second.key_id}
    signer.finish()
    assert devices_believe(signer, enrolled) == BelievedKeys(signer.keys, 2)
    assert (list(signer.keys.keys), list(signer.keys.former)) == ([second.key_id], [first.key_id])
    assert sorted(path.name for path in tmp_path.glob("*.key")) == ["signing-2.key"]


def test_each_rotation_leads_on_from_the_one_before(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    enrolled = signer.keys
    for _ in range(3):
        signer.begin()
        signer.switch()
        signer.finish()
    assert devices_believe(signer, enrolled) == BelievedKeys(signer.keys, 6)
    assert len(signer.keys.former) == 3


def test_every_step_is_there_after_a_start_and_taken_again_it_changes_nothing(
    tmp_path: Path,
) -> None:
    signer = Signer(tmp_path)
    for step, phase in (("begin", "overlap"), ("switch", "switched"), ("finish", "none")):
        getattr(signer, step)()
        key, keys, lists = signer.key.key_id, signer.keys, signer.lists
        signer = Signer(tmp_path)
        if phase != Phase.NONE:
            getattr(signer, step)()
        assert (signer.phase, signer.key.key_id, signer.keys, signer.lists) == (
            phase, key, keys, lists,
        )  # fmt: skip
    signer.finish()
    assert (signer.version, signer.phase) == (2, Phase.NONE)


def test_a_key_that_was_made_before_the_power_failed_is_the_one_that_is_used(
    tmp_path: Path,
) -> None:
    signer, made = Signer(tmp_path), SigningKey.generate()
    made.save(tmp_path / "signing-2.key")
    signer.begin()
    assert signer.other is not None
    assert signer.other.key_id == made.key_id


def test_a_key_that_ended_as_the_power_failed_is_deleted_at_the_next_start(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    old = (tmp_path / "signing.key").read_bytes()
    signer.begin()
    signer.switch()
    signer.finish()
    (tmp_path / "signing.key").write_bytes(old)
    assert Signer(tmp_path).key.key_id == signer.key.key_id
    assert not (tmp_path / "signing.key").exists()


def test_a_step_out_of_order_is_refused(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    with pytest.raises(ConflictError, match="rotate"):
        signer.switch()
    signer.begin()
    with pytest.raises(ConflictError, match="switch"):
        signer.finish()
    signer.switch()
    with pytest.raises(ConflictError, match="finish"):
        signer.begin()


def test_no_key_is_made_in_the_place_of_one_that_devices_believe(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    signer.begin()
    (tmp_path / "signing-2.key").unlink()
    with pytest.raises(DamagedError, match="backup"):
        Signer(tmp_path)
    (tmp_path / FILE).write_text("{")
    with pytest.raises(DamagedError, match="backup"):
        Signer(tmp_path)
