"""Who may name the keys that count next, and that nobody goes back to former ones."""

import pytest
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.key_succession import BelievedKeys, follow, sign_keys
from lamplighter_wire.messages import Desired, Envelope, SignedKeys
from lamplighter_wire.signing import KeySet, SigningKey, open_desired, open_manifest, seal

OLD, NEW, STRANGER = (SigningKey.generate() for _ in range(3))
BOTH = KeySet.of(OLD, NEW)
ENROLLED = BelievedKeys(KeySet.of(OLD))
AFTER = KeySet(KeySet.of(NEW).keys, KeySet.of(OLD).keys)
OVERLAP = sign_keys(1, BOTH, [OLD, NEW])
END = sign_keys(2, AFTER, [NEW])


def test_a_device_follows_through_the_overlap_to_the_end() -> None:
    both = follow(ENROLLED, [OVERLAP])
    assert both == BelievedKeys(BOTH, 1)
    assert follow(both, [END]) == BelievedKeys(AFTER, 2)


def test_one_that_slept_through_follows_all_lists_at_once() -> None:
    assert follow(ENROLLED, [OVERLAP, END]) == BelievedKeys(AFTER, 2)


def test_one_that_enrols_later_needs_none_of_the_former_lists() -> None:
    assert follow(BelievedKeys(KeySet.of(NEW)), [OVERLAP, END]) == BelievedKeys(AFTER, 2)


@pytest.mark.parametrize(
    "signed",
    [
        sign_keys(3, KeySet.of(STRANGER), [STRANGER]),
        sign_keys(3, KeySet.of(OLD), [OLD]),
        sign_keys(3, KeySet.of(STRANGER), [NEW]),
        sign_keys(3, KeySet.of(NEW, STRANGER), [NEW]),
        sign_keys(3, KeySet({}), [NEW]),
        SignedKeys(payload=sign_keys(3, BOTH, []).payload, signatures=END.signatures),
    ],
    ids=["strange", "former", "not countersigned", "one lacks", "none", "other payload"],
)
def test_a_list_that_no_key_of_now_and_all_of_its_own_have_signed_is_refused(
    signed: SignedKeys,
) -> None:
    with pytest.raises(SignatureError):
        follow(BelievedKeys(AFTER, 2), [signed])


@pytest.mark.parametrize("version", [0, 1, 2])
def test_no_list_of_the_same_or_an_earlier_version_changes_anything(version: int) -> None:
    now = BelievedKeys(KeySet.of(OLD, NEW), 2)
    assert follow(now, [sign_keys(version, KeySet.of(OLD), [OLD, NEW])]) is now


def test_a_former_key_opens_manifests_and_no_orders() -> None:
    manifest = Manifest(id="night", parts=[Part()])
    assert open_manifest(seal(manifest, OLD), AFTER) == manifest
    order = decode(seal(Desired(device="cam-1", revision=1, expires_at=9.0), OLD), Envelope)
    with pytest.raises(SignatureError):
        open_desired(order, AFTER, "cam-1", 0.0)
