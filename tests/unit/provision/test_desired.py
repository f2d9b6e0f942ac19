"""A gateway's file: what is read, and what is refused by name."""

import re
import tomllib
from pathlib import Path

import pytest
from lamplighter_agent.settings import READER
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.agent_file import agent_file
from lamplighter_provision.gateway.desired import Agent, Limits, read_gateway

HEAD = 'image = "agent:1"\nurl = "http://controller:8080"\n'
AGENT = '[agents.cam-1]\nsource = "rtsp://camera/1"\n'


def read(folder: Path, text: str) -> object:
    (folder / "gateway.toml").write_text(text)
    return read_gateway(folder / "gateway.toml")


def test_what_is_not_said_is_careful(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(HEAD + AGENT)
    gateway = read_gateway(tmp_path / "gateway.toml")
    assert gateway.engine == "unix:///var/run/docker.sock"
    assert gateway.limits_of("cam-1") == Limits(cpus=1.0, memory_mb=512, processes=128, tmp_mb=64)


def test_files_are_taken_from_the_gateways_folder(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(HEAD + 'image_file = "agent.tar"\n' + AGENT)
    assert read_gateway(tmp_path / "gateway.toml").image_file == str(tmp_path / "agent.tar")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (HEAD, "agents"),
        ("image = 1\n" + AGENT, "image"),
        (HEAD + "colour = 1\n" + AGENT, "colour"),
        (HEAD + 'engine = "http://x"\n' + AGENT, "engine: begin it with"),
        (HEAD + 'engine = "tcp://x:2375"\n' + AGENT, r"add \[tls\]"),
        (HEAD.replace("http:", "ftp:") + AGENT, "url: begin"),
        (HEAD + 'image_file = "a"\nbuild = "b"\n' + AGENT, "keep one"),
        (HEAD + "[agents.Cam_1]\n", "agents.Cam_1: no device id"),
        (HEAD + AGENT + 'settings = {state_dir = "/x"}\n', "cam-1.settings.state_dir"),
        (HEAD + AGENT + "limits = {cpus = 0.0}\n", "cpus"),
        (HEAD + AGENT + 'paths = ["clips"]\n', "paths"),
        (HEAD + AGENT + 'devices = ["/dev/a:/dev/b"]\n', "devices"),
        ("=", "Invalid"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, hint: str) -> None:
    with pytest.raises(ProvisionError, match=hint):
        read(tmp_path, text)


PLACED = HEAD.replace("agent:1", "agent:{version}") + 'image_file = "agent-{version}.tar"\n'


def test_the_version_stands_where_a_place_is_left_for_it(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(PLACED + 'version = "1.2.0"\n' + AGENT)
    usual, due = read_gateway(file), read_gateway(file, "1.3.0+a")
    assert (usual.image, usual.image_file) == ("agent:1.2.0", str(tmp_path / "agent-1.2.0.tar"))
    assert (due.version, due.image) == ("1.3.0+a", "agent:1.3.0+a")


@pytest.mark.parametrize(
    ("text", "due", "hint"),
    [
        (PLACED, "", "image: it has a place for one; add the line version ="),
        (HEAD, "1.3.0", "image: agent:1 is of one version; write {version} where"),
        (PLACED, "../1.3.0", "version: '../1.3.0' is none"),
        (PLACED + 'version = "a b"\n', "", "version: 'a b' is none"),
    ],
)
def test_a_version_without_a_place_or_none_at_all_is_named(
    tmp_path: Path, text: str, due: str, hint: str
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text + AGENT)
    with pytest.raises(ProvisionError, match=re.escape(hint)):
        read_gateway(file, due)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match="check the path"):
        read_gateway(tmp_path / "none.toml")


def test_a_camera_that_is_a_device_file_is_given_to_the_container() -> None:
    agent = Agent(
        source="/dev/video0",
        devices=("/dev/video0", "/dev/dri/renderD128"),
        settings={"sources": {"back": "/dev/video2", "gate": "rtsp://x"}},
    )
    assert agent.device_files == ("/dev/video0", "/dev/video2", "/dev/dri/renderD128")


def test_the_agent_reads_what_is_written_for_it() -> None:
    agent = Agent(
        source='rtsp://u:p"\\\x7f@camera/ü',
        settings={
            "fps": 12.5,
            "threads": 2,
            "share_pictures": True,
            "lines": [{"name": "a", "x1": 0, "y1": 1, "x2": 2.5, "y2": 3}],
            "sources": {"back-2": "rtsp://b"},
        },
    )
    text = agent_file("cam-1", agent, "/state")
    settings = READER.parse(tomllib.loads(text))
    assert (settings.device, settings.source) == ("cam-1", agent.source)
    assert (settings.fps, settings.threads, settings.share_pictures) == (12.5, 2, True)
    assert settings.lines[0].x2 == 2.5
    assert settings.streams["back-2"] == "rtsp://b"


def test_a_value_that_no_setting_can_have_is_named() -> None:
    with pytest.raises(ProvisionError, match=r"settings\.since"):
        agent_file("cam-1", Agent(settings={"since": object()}), "/state")
