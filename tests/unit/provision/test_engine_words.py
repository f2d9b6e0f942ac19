"""What hinders on the way to an engine, told with its remedy; no engine is needed to say so."""

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from lamplighter_cli.app import app
from lamplighter_provision.engine.archives import file_archive, read_image_file
from lamplighter_provision.engine.connecting import connected
from lamplighter_provision.engine.ssh_bridge import REMEDIES, SshBridge
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent, Gateway, Tls
from lamplighter_provision.gateway.present import Image
from lamplighter_provision.ssh.words import ssh_trouble
from typer.testing import CliRunner

CHANGED = "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed."


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (CHANGED, "ssh-keygen -R"),
        ("Host key verification failed.", "is not known; compare it"),
        ("root@gate: Permission denied (publickey).", "authorized_keys"),
        ("permission denied while trying to connect to the Docker daemon", "group docker"),
        ("bash: line 1: docker: command not found", "install Docker"),
        ("Cannot connect to the Docker daemon at unix:///x", "systemctl start docker"),
        ("first\nsomething new", "ssh: something new"),
        ("", "without a word"),
    ],
)
def test_what_ssh_says_is_told_with_its_remedy(text: str, hint: str) -> None:
    assert hint in ssh_trouble(text, REMEDIES)


def test_an_address_without_a_host_is_refused() -> None:
    with pytest.raises(ProvisionError, match="write ssh://USER@HOST"):
        SshBridge("ssh:///gate-7")


def test_a_socket_where_no_engine_is(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    head = f'image = "a:1"\nurl = "http://x"\nengine = "unix://{tmp_path}/none.sock"\n'
    file.write_text(f"{head}[agents.cam-1]\n")
    done = CliRunner().invoke(app, ["provision", "docker", "apply", str(file)])
    assert isinstance(done.exception, ProvisionError)
    assert "no engine answers there; start it" in str(done.exception)


def test_a_certificate_that_is_not_there_is_named() -> None:
    tls = Tls(ca="/none/ca.pem", cert="/none/cert.pem", key="/none/key.pem")
    gateway = Gateway(
        image="a", url="http://x", engine="tcp://127.0.0.1:9", tls=tls, agents={"a": Agent()}
    )
    with pytest.raises(ProvisionError, match=r"tls\.ca: /none/ca\.pem"), connected(gateway):
        raise AssertionError("it was reached")


def image_file(path: Path, place: str, name: str = "agent:1") -> Path:
    with tarfile.open(path, "w") as archive:
        for file, document in {
            place: {"architecture": "arm64"},
            "manifest.json": [{"Config": place, "RepoTags": [name]}],
        }.items():
            content = json.dumps(document).encode()
            entry = tarfile.TarInfo(file)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return path


@pytest.mark.parametrize("place", ["{}.json", "blobs/sha256/{}"])
def test_an_image_file_tells_what_it_holds(tmp_path: Path, place: str) -> None:
    digest = "ab" * 32
    file = image_file(tmp_path / "image.tar", place.format(digest))
    assert read_image_file(file, "agent:1") == Image(f"sha256:{digest}", "arm64")


def test_an_image_file_that_does_not_fit_is_named(tmp_path: Path) -> None:
    file = image_file(tmp_path / "image.tar", "ab" * 32 + ".json", "other:1")
    with pytest.raises(ProvisionError, match="holds no image agent:1"):
        read_image_file(file, "agent:1")
    file.write_text("no tar")
    with pytest.raises(ProvisionError, match="docker save"):
        read_image_file(file, "agent:1")


def test_a_file_for_a_container_is_the_agents_to_read_only() -> None:
    with tarfile.open(fileobj=BytesIO(file_archive("token", "ü"))) as archive:
        entry = archive.getmember("token")
        assert (entry.mode, entry.uid, entry.gid, entry.size) == (0o440, 0, 10001, 2)
