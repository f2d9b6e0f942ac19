"""How a camera is opened."""

from pathlib import Path

import pytest
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.device.camera_options import camera_options
from lamplighter_agent.errors import SourceError
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.errors import SettingsError

MAIN, SUB = "rtsp://10.0.0.5/1", "rtsp://10.0.0.5/2"


def known(folder: Path, text: str, mode: int = 0o600) -> CameraOptions:
    file = folder / "cameras"
    file.write_text(text)
    file.chmod(mode)
    return CameraOptions(credentials=str(file))


def test_name_and_password_are_put_into_the_address(tmp_path: Path) -> None:
    options = known(tmp_path, "machine 10.0.0.5 login wache password a/b@c\n")
    assert options.address(MAIN) == "rtsp://wache:a%2Fb%40c@10.0.0.5/1"
    assert options.address("rtsp://10.0.0.6/1") == "rtsp://10.0.0.6/1"
    assert options.address("rtsp://other:word@10.0.0.5/1") == "rtsp://other:word@10.0.0.5/1"
    assert options.address("/dev/video0") == "/dev/video0"
    odd = "rtsp://wache:a[b/c@10.0.0.5/1"
    assert CameraOptions().address(odd) == odd


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("machine 10.0.0.5 login wache password geheim\n", 0o644, "can be read by others; chmod"),
        ("wache geheim\n", 0o600, "write machine HOST login NAME password PASSWORD"),
    ],
)
def test_a_file_that_will_not_do_says_why(tmp_path: Path, text: str, mode: int, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        known(tmp_path, text, mode).address(MAIN)
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*: No such file"):
        CameraOptions(credentials=str(tmp_path / "none")).address(MAIN)


def test_each_camera_has_its_own_smaller_stream() -> None:
    settings = AgentSettings(
        sources={"north": MAIN, "south": "rtsp://10.0.0.6/1"},
        sub_sources={"north": SUB},
        fps=12.0,
        rtsp_transport="udp",
    )
    north, south = (camera_options(settings, name) for name in ("north", "south"))
    assert (north.sub_address, south.sub_address) == (SUB, "")
    assert (north.most_fps, north.rtsp_transport) == (12.0, "udp")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sub_source": SUB}, "no source that it is the smaller stream of"),
        ({"source": MAIN, "sub_source": MAIN}, "the same stream as the source"),
        ({"sources": {"north": MAIN}, "sub_sources": {"south": SUB}}, "'south' is no camera"),
        (
            {"source": MAIN, "sub_source": SUB, "lines": (CountLine("a", 0, 0, 9, 9),)},
            "set camera_width and camera_height",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        AgentSettings(**settings)  # type: ignore[arg-type]
