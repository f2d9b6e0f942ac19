"""An engine by SSH and by TCP with TLS, and what hinders, told with its remedy."""

import io
import json
import os
import socket
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.pki.authority import Authority
from lamplighter_provision.engine.connecting import connected
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import read_gateway

from tests.engine.own_engine import OwnEngine
from tests.engine.site import Site
from tests.simulators.certificates import key_and_request
from tests.simulators.ssh_door import SshDoor

NOBODY = 65534


@pytest.fixture
def door(
    own_engine: OwnEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SshDoor]:
    opened = SshDoor(tmp_path / "ssh", {"DOCKER_HOST": own_engine.address})
    monkeypatch.setenv("PATH", f"{opened.tools}:{os.environ['PATH']}")
    yield opened
    opened.close()


def trouble(site: Site, **lines: object) -> str:
    """How `apply` fails."""
    site.agents, site.lines = {"cam-1": ""}, lines
    done = site.apply("--dry-run")
    assert isinstance(done.exception, ProvisionError), done.output
    return str(done.exception)


def test_an_agent_comes_by_ssh(site: Site, door: SshDoor) -> None:
    site.agents["cam-1"] = ""
    site.lines["engine"] = door.address
    done = site.apply()
    assert done.exit_code == 0, (done.output, done.exception)
    assert site.show()["cam-1"]["state"] == "online"
    assert site.apply().output.strip() == "nothing to do"


def test_another_host_key_is_no_gateway_of_ours(site: Site, door: SshDoor) -> None:
    door.knows("other")
    assert "its host key is not the one that is known" in trouble(site, engine=door.address)
    door.knows("")
    assert "its host key is not known" in trouble(site, engine=door.address)


def test_a_key_that_nobody_lets_in(site: Site, door: SshDoor) -> None:
    (door.folder / "user.pub").write_text((door.folder / "other.pub").read_text())
    assert "no key of yours is let in" in trouble(site, engine=door.address)


def test_a_gateway_that_is_not_there(site: Site) -> None:
    assert "nothing listens" in trouble(site, engine="ssh://root@127.0.0.1:9")
    assert "names no host" in trouble(site, engine="ssh:///x")
    nobody = "unix:///tmp/no-engine/docker.sock"
    assert "no engine answers there" in trouble(site, engine=nobody)


class TlsEngine(OwnEngine):
    """Listens on TCP too, for who has a certificate of its authority."""

    def __init__(self, prepared: Path, folder: Path) -> None:
        authority = Authority(folder / "pki")
        server = authority.server_files(["127.0.0.1"])
        private, request = key_and_request("operator")
        self.files = {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}
        Path(self.files["ca"]).write_text(authority.ca_pem)
        Path(self.files["cert"]).write_text(authority.sign_csr(request, "operator"))
        Path(self.files["key"]).write_bytes(private)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.tcp = f"tcp://127.0.0.1:{port}"
        tls = ["--tlsverify", "--tlscacert", self.files["ca"]]
        tls += ["--tlscert", str(server.cert), "--tlskey", str(server.key)]
        super().__init__(prepared, "--host", self.tcp, *tls)


def write_head(site: Site, engine: str, files: dict[str, str]) -> None:
    site.lines["engine"] = engine
    site.agents["cam-1"] = ""
    site.write()
    head, agents = site.file.read_text().split("[agents", 1)
    tls = "".join(f"{name} = {json.dumps(path)}\n" for name, path in files.items())
    site.file.write_text(f"{head}[tls]\n{tls}[agents{agents}")


def test_tls_with_both_certificates_and_not_otherwise(
    site: Site, prepared: Path, tmp_path: Path
) -> None:
    engine = TlsEngine(prepared, tmp_path)
    try:
        write_head(site, engine.tcp, engine.files)
        done = site.run("apply", str(site.file), "--dry-run")
        assert "the engine has no lamplighter-agent:test" in str(done.exception)
        stranger = Authority(tmp_path / "stranger")
        Path(engine.files["ca"]).write_text(stranger.ca_pem)
        done = site.run("apply", str(site.file), "--dry-run")
        assert "TLS: " in str(done.exception)
        assert "check ca, cert and key" in str(done.exception)
        write_head(site, engine.tcp, engine.files | {"key": "/none.pem"})
        done = site.run("apply", str(site.file), "--dry-run")
        assert "tls.key: /none.pem is no file" in str(done.exception)
    finally:
        engine.stop()


def test_without_permission_the_group_is_named(site: Site) -> None:
    site.agents["cam-1"] = ""
    site.write()
    gateway = read_gateway(site.file)
    os.seteuid(NOBODY)
    try:
        with (
            pytest.raises(ProvisionError, match="join the group docker"),
            connected(gateway),
        ):
            raise AssertionError("it was let in")
    finally:
        os.seteuid(0)


def test_an_image_file_is_loaded_once_and_only_for_this_processor(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "image.tar"
    config = {"architecture": "arm64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}
    with tarfile.open(file, "w") as archive:
        _add(archive, "f" * 64 + ".json", config)
        entry = {"Config": "f" * 64 + ".json", "RepoTags": [site.image], "Layers": []}
        _add(archive, "manifest.json", [entry])
    assert "is for arm64, the engine's machine is amd64" in trouble(site, image_file=str(file))
    (tmp_path / "none.tar").write_text("no tar")
    assert "docker save" in trouble(site, image_file=str(tmp_path / "none.tar"))
    saved = tmp_path / "saved.tar"
    with saved.open("wb") as out:
        out.writelines(site.engine.client.images.get(site.image).save(named=True))
    site.lines["image_file"] = str(saved)
    assert "load image" not in site.apply("--dry-run").output


def test_an_image_that_the_engine_lacks_is_sent_and_told_by_tenths(site: Site) -> None:
    images, name = site.engine.client.images, "lamplighter-agent:sent"
    images.get(site.image).tag(name)
    saved = site.folder / "saved.tar"
    with saved.open("wb") as out:
        out.writelines(images.get(name).save(named=name))
    images.remove(name)
    site.image, site.lines["image_file"] = name, str(saved)
    site.agents["cam-1"] = ""
    done = site.apply()
    assert done.exit_code == 0, done.output
    size_mb = round(saved.stat().st_size / 1e6)
    assert done.output.count("  sent ") == 10
    assert f"  sent {size_mb} of {size_mb} MB\n" in done.output


def _add(archive: tarfile.TarFile, name: str, document: object) -> None:
    content = json.dumps(document).encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
