"""What runs is left as it is where a file would bring an older version, and the plan says which."""

import dataclasses
from pathlib import Path

import msgspec
import pytest
from lamplighter_provision.bundle.contents import wheels_folder
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent, Gateway, said_version
from lamplighter_provision.gateway.planning import plan, shape_of
from lamplighter_provision.gateway.present import Container, Found, Image, Present, Role
from lamplighter_provision.gateway.versions import ahead, is_newer, version_of

IMAGE = Image("sha256:" + "a" * 64, "amd64")
GATEWAY = Gateway(
    url="http://c", image="here:5000/agent:1.2.0-slim", version="1.2.0", agents={"cam-1": Agent()}
)


def runs(*names: str) -> Container:
    shape = dataclasses.replace(shape_of(GATEWAY, "cam-1", IMAGE.id), image_id="sha256:b")
    return Container("c1", shape, running=True, image_names=names)


def present(container: Container) -> Present:
    return Present("x86_64", IMAGE, {"cam-1": Found({Role.AGENT: container}, has_state=True)})


@pytest.mark.parametrize(
    ("version", "other", "expected"),
    [
        ("1.10.0", "1.9.2", True),
        ("1.3", "1.3.0", False),
        ("1.3.1", "1.3", True),
        ("1.3.0+a", "1.3.0", False),
        ("newest", "1.3.0", False),
        ("1.3.0", "", False),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, other: str, expected: bool) -> None:
    assert is_newer(version, other) is expected
    assert not is_newer(other, version)


def test_a_version_is_read_from_the_image_that_the_file_names_for_it() -> None:
    assert version_of(GATEWAY, runs("other:7", "here:5000/agent:1.3.0-slim")) == "1.3.0"
    assert version_of(GATEWAY, runs("other:1.3.0-slim")) == ""
    assert version_of(GATEWAY, runs()) == ""
    of_none = msgspec.structs.replace(GATEWAY, version="")
    assert version_of(of_none, runs("here:5000/agent:1.2.0-slim")) == ""


def test_an_update_says_from_which_version_to_which() -> None:
    older = runs("here:5000/agent:1.1.0-slim")
    assert [str(step) for step in plan(GATEWAY, present(older))] == [
        "cam-1: update (image: 1.1.0 to 1.2.0)"
    ]
    assert [str(step) for step in plan(GATEWAY, present(runs()))] == ["cam-1: update (image)"]


def test_what_runs_a_newer_version_is_ahead_of_the_file() -> None:
    assert ahead(GATEWAY, present(runs("here:5000/agent:1.3.0-slim"))) == {"cam-1": "1.3.0"}
    assert ahead(GATEWAY, present(runs("here:5000/agent:1.2.0-slim"))) == {}
    assert GATEWAY.without(["cam-1"]).agents == {}


def test_a_file_says_its_own_version(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('url = "http://c"\nversion = "1.2.0"\n[agents.cam-1]\n')
    version, agents = said_version(file)
    assert (version, list(agents)) == ("1.2.0", ["cam-1"])


def test_wheels_are_of_the_version_that_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "wheels/any").mkdir(parents=True)
    (tmp_path / "wheels/any/lamplighter-1.3.0-py3-none-any.whl").touch()
    assert wheels_folder(str(tmp_path), "") == tmp_path
    assert wheels_folder(str(tmp_path), "1.3.0") == tmp_path
    with pytest.raises(ProvisionError, match=r"holds lamplighter 1\.3\.0, and 1\.2\.0 is wanted"):
        wheels_folder(str(tmp_path), "1.2.0")
    with pytest.raises(ProvisionError, match="add the line version = to the file"):
        wheels_folder("dist/image-{version}", "")
