"""Registrations are kept by device or pattern, on every database; tokens are listed and ended."""

import msgspec
import pytest
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import TokenRecord
from lamplighter_controller.store.registering.records import ClaimRecord, RegistrationRecord
from lamplighter_wire.joining.claims import ClaimState

CAM = RegistrationRecord(
    device="cam-1", site="north", labels={"pole": "7"}, objective={"power_w": 6.0}, changed_at=5.0
)
GATES = RegistrationRecord(device="gate-*", site="south", by="ops")


def test_registrations_by_id(store: Store) -> None:
    store.put_registrations([GATES])
    store.put_registrations([CAM])
    assert store.registrations() == [CAM, GATES]
    moved = msgspec.structs.replace(CAM, site="west")
    store.put_registrations([moved])
    store.delete_registration("gate-*")
    assert store.registrations() == [moved]


def test_a_code_keeps_its_secret_until_it_ends_as_its_answer_may_be_lost(store: Store) -> None:
    for name in ("code-1", "t1"):
        store.add_tokens(
            [TokenRecord(id=name, device="cam-1", secret="s", created_at=1.0, expires_at=2.0)]
        )
        assert store.use_token(name, "key", 1.5)
    assert [(token.id, token.secret) for token in store.tokens()] == [("code-1", "s"), ("t1", "")]


def test_one_token_is_ended(store: Store) -> None:
    store.add_tokens([TokenRecord(id="t1", device="cam-1", created_at=1.0, expires_at=2.0)])
    assert store.delete_token("t1").device == "cam-1"
    assert store.tokens() == []
    with pytest.raises(NotFoundError, match="token list"):
        store.delete_token("t1")


def test_accepted_claims_end_by_name(store: Store) -> None:
    for key, device, state in (
        ("a", "cam-1", ClaimState.ACCEPTED),
        ("b", "cam-1", ClaimState.ACCEPTED),
        ("c", "cam-1", ClaimState.REJECTED),
        ("d", "cam-2", ClaimState.ACCEPTED),
    ):
        store.put_claim(ClaimRecord(key=key, device=device, state=state))
    store.end_accepted_claims("cam-1", but_key="b")
    assert [claim.key for claim in store.claims()] == ["b", "c", "d"]
    store.end_accepted_claims("cam-1")
    assert [claim.key for claim in store.claims()] == ["c", "d"]
