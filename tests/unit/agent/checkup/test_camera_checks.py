"""What the agent's doctor says of cameras."""

from pathlib import Path

from lamplighter_agent.checkup.camera_checks import check_cameras
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.machine.checkup import Result

from tests.simulators.onvif_camera import NAME, PASSWORD, OnvifCamera

CLIP = next((Path(__file__).resolve().parents[4] / "deploy/demo/clips").glob("*.mp4"))


def test_a_clip_gives_a_picture() -> None:
    (finding,) = check_cameras(AgentSettings(source=str(CLIP)))
    assert (finding.result, finding.found) == (Result.OK, "640x480, 12.5 frames/s, 8 bits")


def test_each_camera_is_looked_at_and_told_apart(tmp_path: Path) -> None:
    settings = AgentSettings(sources={"north": str(CLIP), "south": str(tmp_path / "none.mp4")})
    north, south = check_cameras(settings)
    assert (north.result, south.result) == (Result.OK, Result.FAILED)
    assert north.looked_at.startswith("north ")
    assert south.looked_at.startswith("south ")


def test_no_password_is_shown_and_the_remedy_is_the_cameras() -> None:
    settings = AgentSettings(source="rtsp://admin:secret@127.0.0.1:9/1")
    (finding,) = check_cameras(settings, patience_s=3.0)
    assert finding.result is Result.FAILED
    assert "secret" not in repr(finding)
    assert "port" in finding.mend


def test_without_a_source_it_is_said_how_to_name_one() -> None:
    (finding,) = check_cameras(AgentSettings())
    assert (finding.result, finding.found) == (Result.FAILED, "no source is set")
    assert "--source" in finding.mend


def test_a_camera_that_is_asked_for_its_streams_says_which_are_taken(tmp_path: Path) -> None:
    known = tmp_path / "cameras"
    known.write_text(f'machine 127.0.0.1 login {NAME} password "{PASSWORD}"\n')
    known.chmod(0o600)
    with OnvifCamera(rtsp="rtsp://127.0.0.1:9") as camera:
        settings = AgentSettings(source=camera.address, camera_credentials=str(known))
        asked, received = check_cameras(settings, patience_s=1.0)
    assert (asked.result, asked.check) == (Result.OK, "onvif")
    assert "takes main stream: 1920x1080 H264 at 25 frames/s; takes small" in asked.found
    assert received.result is Result.FAILED, "nothing is received there"
    assert "cret" not in repr((asked, received))


def test_a_camera_without_onvif_says_where_it_is_switched_on() -> None:
    asked, received = check_cameras(AgentSettings(source="onvif://127.0.0.1:9"), patience_s=1.0)
    assert (asked.result, received.result) == (Result.FAILED, Result.FAILED)
    assert asked.mend == "switch it on in the camera"
