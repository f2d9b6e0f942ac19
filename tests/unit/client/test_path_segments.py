"""A name stays one part of an address, whatever it is, or is refused in words."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_client import endpoints, group_endpoints, rollout_endpoints
from lamplighter_client.errors import UnaddressableError
from lamplighter_client.path_segments import path_segment

ASKING = (
    endpoints.device,
    endpoints.telemetry,
    endpoints.probe,
    endpoints.retire,
    endpoints.revoke_api_token,
    group_endpoints.delete_group,
    rollout_endpoints.rollout,
)


@pytest.mark.parametrize("name", ["", ".", ".."])
@pytest.mark.parametrize("ask", ASKING)
def test_what_would_be_another_address_is_refused(ask, name):
    with pytest.raises(UnaddressableError, match="write the name of a "):
        ask(name)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_any_name_stays_in_its_place(name):
    if name in (".", ".."):
        return
    address = httpx.URL(f"http://controller.example/api/v1/devices/{path_segment('device', name)}")
    assert address.path == f"/api/v1/devices/{name}"
    assert not address.query
    assert not address.fragment
