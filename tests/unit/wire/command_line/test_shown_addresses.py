"""What may be seen of an address, and of texts that hold one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.command_line.shown_addresses import (
    conceal_addresses,
    concealing,
    shown_address,
)

PASSWORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Z", "C"], exclude_characters="*"),
    min_size=6,
    max_size=20,
).filter(lambda text: not text.isdigit() and text not in "rtsp://cam.example:554/stream")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://cam/stream1", "rtsp://cam/stream1"),
        ("rtsp://user:geheim@cam:554/1", "rtsp://***@cam:554/1"),
        ("rtsp://user:a/b@c?d@cam/1", "rtsp://***@cam/1"),
        ("http://cam/snap.cgi?usr=a&pwd=b", "http://cam/snap.cgi?***"),
        ("http://u:p@[::1]:80/x?key=1", "http://***@[::1]:80/x?***"),
        ("/dev/video0", "/dev/video0"),
        ("playlist:/a/b.json", "playlist:/a/b.json"),
        ("clip@home.mp4", "clip@home.mp4"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@given(PASSWORDS)
def test_no_text_shows_a_password_however_it_is_cut(password: str) -> None:
    conceal = concealing([f"rtsp://user:{password}@cam.example:554/stream"])
    for text in (
        f"cannot open rtsp://user:{password}@cam.example:554/stream",
        f"401 for user:{password} at cam.example",
        f"rtsp:/user:{password}@cam.example is no file",
        f"the password is {password}!",
    ):
        assert password not in conceal(text)


def test_what_is_no_secret_stays() -> None:
    conceal = concealing(["rtsp://cam/1?channel=1&key=wachsam", "/dev/video0"])
    assert conceal("1 of 1 frames of /dev/video0 at wachtturm") == (
        "1 of 1 frames of /dev/video0 at wachtturm"
    )
    assert conceal("key wachsam, channel 1") == "key ***, channel 1"


def test_addresses_within_a_text() -> None:
    text = "sources = {'a b': 'rtsp://u:p@cam/1', 'c': 'rtsp://cam/2'}: no name"
    assert conceal_addresses(text) == (
        "sources = {'a b': 'rtsp://***@cam/1', 'c': 'rtsp://cam/2'}: no name"
    )
