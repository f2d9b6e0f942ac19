"""A camera is asked for its streams by ONVIF: with a login that does not travel, and in bounds."""

import logging
from pathlib import Path

import pytest
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.onvif.answers import MOST_BYTES, MOST_DEPTH, read_answer
from lamplighter_agent.camera.onvif.http_digest import authorization
from lamplighter_agent.camera.onvif.profiles import Profile, choose, find_streams
from lamplighter_agent.camera.onvif.requests import Login, digest
from lamplighter_agent.errors import SourceError

from tests.simulators.onvif_camera import MAIN, NAME, PASSWORD, SMALL, OnvifCamera


@pytest.fixture
def options(tmp_path: Path) -> CameraOptions:
    file = tmp_path / "cameras"
    file.write_text(f'machine 127.0.0.1 login {NAME} password "{PASSWORD}"\n')
    file.chmod(0o600)
    return CameraOptions(credentials=str(file))


def test_the_main_stream_and_the_one_near_a_networks_size(options: CameraOptions) -> None:
    with OnvifCamera() as camera:
        streams = find_streams(camera.address, options)
    assert streams.main == "rtsp://127.0.0.1:8554/live/main"
    assert streams.sub == "rtsp://127.0.0.1:8554/live/small?x=1&y=2"
    assert [str(one) for one in streams.taken] == [
        "main stream: 1920x1080 H264 at 25 frames/s",
        "small stream: 640x360 H264 at 25 frames/s",
    ]


def test_the_password_travels_in_no_request_and_stands_in_no_word(
    options: CameraOptions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with OnvifCamera() as camera:
        streams = find_streams(camera.address, options)
        sent = b"".join(camera.bodies)
    assert b"cret" not in sent
    assert NAME.encode() in sent
    for told in (repr(streams), repr(Login(NAME, PASSWORD)), caplog.text):
        assert "cret" not in told
    assert camera.asked[0] == "GetSystemDateAndTime"


def test_a_digest_as_the_specification_has_it() -> None:
    # ONVIF Application Programmer's Guide 1.0, section 6.1.1.3.
    import base64

    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    assert digest(nonce, "2010-09-16T07:50:45Z", "userpassword") == "tuOSpGlFlIXsozq4HFNeeGeFLEI="


def test_a_camera_whose_clock_is_wrong_is_asked_by_its_own(options: CameraOptions) -> None:
    with OnvifCamera(clock_s=-86_400.0 * 400) as camera:
        assert find_streams(camera.address, options).main


@pytest.mark.parametrize("known", ["", "machine 127.0.0.1 login viewer password wrong\n"])
def test_without_the_right_login_it_says_what_to_do(tmp_path: Path, known: str) -> None:
    file = tmp_path / "cameras"
    file.write_text(known)
    file.chmod(0o600)
    with OnvifCamera() as camera, pytest.raises(SourceError, match="camera_credentials"):
        find_streams(camera.address, CameraOptions(credentials=str(file)))


def test_a_login_in_the_address_goes_on_to_the_stream() -> None:
    with OnvifCamera() as camera:
        address = camera.address.replace("//", "//viewer:s%26cret%20%3Cword%3E@")
        main = find_streams(address, CameraOptions()).main
    assert main == "rtsp://viewer:s%26cret%20%3Cword%3E@127.0.0.1:8554/live/main"


def test_a_camera_with_one_profile_has_no_smaller_stream(options: CameraOptions) -> None:
    with OnvifCamera(profiles=[MAIN]) as camera:
        streams = find_streams(camera.address, options)
    assert (streams.sub, len(streams.taken)) == ("", 1)


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [
        ([(1920, 1080), (640, 360), (1280, 720)], (640, 360)),
        ([(2560, 1440), (320, 240), (704, 576)], (704, 576)),
        ([(1920, 1080), (1920, 1080)], None),
        ([(1920, 1080), (0, 0)], None),
    ],
)
def test_which_smaller_stream_is_taken(
    sizes: list[tuple[int, int]], taken: tuple[int, int] | None
) -> None:
    profiles = [Profile(str(n), "", "", *size) for n, size in enumerate(sizes)]
    main, sub = choose(profiles)
    assert main is profiles[0]
    assert (None if sub is None else (sub.width, sub.height)) == taken


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<x>&b;</x>"""
OTHERS_FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (BOMB, "entities of its own"),
        (OTHERS_FILE, "entities of its own"),
        (b"<a>" * (MOST_DEPTH + 5), "too many parts"),
        (b"<a>" + b"<b/>" * 20_000 + b"</a>", "too many parts"),
        (b" " * (MOST_BYTES + 1), "more than 256 KiB"),
        (b"<html><body>", "no XML"),
        (b"\xff\xfe\x00", "no XML"),
        (b"", "no XML"),
    ],
)
def test_what_no_camera_has_a_reason_to_send(
    answer: bytes, why: str, options: CameraOptions
) -> None:
    with pytest.raises(SourceError, match=why):
        read_answer(answer)
    with OnvifCamera(answers={"GetProfiles": answer}) as camera, pytest.raises(SourceError):
        find_streams(camera.address, options)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"<a/>", "is it a camera"),
        (b"<Envelope><Body><GetProfilesResponse/></Body></Envelope>", "no profile"),
    ],
)
def test_answers_that_name_no_stream(answer: bytes, why: str, options: CameraOptions) -> None:
    with (
        OnvifCamera(answers={"GetProfiles": answer}) as camera,
        pytest.raises(SourceError, match=why),
    ):
        find_streams(camera.address, options)


def test_a_stream_that_is_no_rtsp_is_not_opened(options: CameraOptions) -> None:
    with (
        OnvifCamera(rtsp="file:///etc") as camera,
        pytest.raises(SourceError, match="no RTSP address"),
    ):
        find_streams(camera.address, options)


def test_nobody_answers() -> None:
    with OnvifCamera() as camera:
        gone = camera.address
    with pytest.raises(SourceError, match="switch it on in the camera"):
        find_streams(gone, CameraOptions())


@pytest.mark.parametrize("address", ["onvif://", "onvif://h:x", "onvif://h:99999", "onvif://:80"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(SourceError, match="wants a host"):
        find_streams(address, CameraOptions())


def test_names_of_cameras_are_cut() -> None:
    assert SMALL[0] in str(Profile("small", "small"))


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="cam", nonce="n1", qop="auth", algorithm=MD5, opaque="o"',
        'Digest realm="cam", nonce="n1", qop="auth,auth-int", algorithm=SHA-256',
        'Digest realm="cam", nonce="n1"',
    ],
)
def test_a_camera_that_wants_http_digest(options: CameraOptions, challenge: str) -> None:
    with OnvifCamera(challenge=challenge) as camera:
        assert find_streams(camera.address, options).main
        assert b"cret" not in b"".join(camera.bodies)


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="cam"',
        'Digest realm="cam"',
        'Digest realm="cam", nonce="n1", algorithm=ROT13',
        'Digest realm="cam", nonce="n1", qop="auth-int"',
        "Digest nonsense",
        "",
    ],
)
def test_no_other_challenge_is_answered(options: CameraOptions, challenge: str) -> None:
    assert authorization(challenge, NAME, PASSWORD, "POST", "/x") == ""
    if challenge:
        with (
            OnvifCamera(challenge=challenge) as camera,
            pytest.raises(SourceError, match="refuses"),
        ):
            find_streams(camera.address, options)


def test_an_answer_as_the_specification_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # RFC 7616, section 3.9.1.
    own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    monkeypatch.setattr("secrets.token_hex", lambda _bytes: own)
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    challenge = f'Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="{nonce}"'
    login = ("Mufasa", "Circle of Life", "GET", "/dir/index.html")
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in authorization(challenge, *login)
    sha = authorization(challenge + ", algorithm=SHA-256", *login)
    assert "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" in sha


def test_no_camera_writes_a_header_of_its_own() -> None:
    told = authorization('Digest realm="a\r\nX: y", nonce="n"', NAME, PASSWORD, "POST", "/x")
    assert "\r" not in told
    assert "\n" not in told
