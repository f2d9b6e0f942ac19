"""Power or connection fail in an installation: what ran before stays the way back."""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lamplighter_provision.bundle.packing import pack
from lamplighter_provision.gateway.desired import Agent, Gateway

from tests.simulators.cut_off_installation import CUT, CutOffInstallation, why_not

ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64")
BACK = "the new agent does not come up; what ran before runs again"
pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


@pytest.fixture
def device(tmp_path: Path) -> Iterator[CutOffInstallation]:
    made = CutOffInstallation(tmp_path / "device")
    yield made
    made.close()


def bundle(folder: Path, version: str) -> tuple[Path, str]:
    """One of a version, and the name of its release."""
    wheels = folder / version
    for place in (f"any/lamplighter-{version}-py3-none-any.whl", f"{ARCH}/pip-1-py3-none-any.whl"):
        path = wheels / "wheels" / place
        path.parent.mkdir(parents=True)
        path.write_text(version)
    settings = {"fps": float(version)}
    gateway = Gateway(url="http://x", agents={"cam-1": Agent(source="/a", settings=settings)})
    with tarfile.open(pack(gateway, "cam-1", ARCH, wheels, folder / "out", "")) as archive:
        archive.extractall(wheels / "there", filter="fully_trusted")  # noqa: S202 - just packed
    pins = (wheels / "there/requirements.txt").read_bytes()
    return wheels / "there", hashlib.sha256(pins).hexdigest()[:12]


def in_place(device: CutOffInstallation) -> str:
    """Release and frame rate."""
    fps = "sed -n 's/^fps = //p' /etc/lamplighter/agent.toml"
    return device.typed(f"readlink /opt/lamplighter && {fps}")


@dataclass(frozen=True)
class Update:
    """From a release that has come up to another."""

    device: CutOffInstallation
    stood: str  # what is in place before
    there: Path  # the bundle of the other

    def calls(self) -> list[str]:
        """Of all that it calls where nothing cuts it off."""
        self.device.restore()
        self.device.install(self.there)
        return self.device.called()

    def cut_at(self, number: int) -> None:
        self.device.restore()
        code, words = self.device.install(self.there, cut=number)
        assert code == CUT, words

    def is_taken_back(self) -> None:
        code, words = self.device.install(self.there)
        assert (code, words.splitlines()[-1]) == (1, f"install: {BACK}")
        assert in_place(self.device) == self.stood


@pytest.fixture
def update(device: CutOffInstallation, tmp_path: Path) -> Update:
    """Its release does not come up."""
    good, release = bundle(tmp_path, "1")
    device.conduct(release, "online")
    assert device.install(good)[0] == 0
    device.keep()
    return Update(device, in_place(device), bundle(tmp_path, "2")[0])


@pytest.mark.parametrize("call", ["mv /etc/lamplighter/agent.toml.next", "systemctl daemon-reload"])
def test_what_ran_before_a_cut_is_the_way_back(update: Update, call: str) -> None:
    calls = update.calls()
    update.cut_at(1 + next(i for i, line in enumerate(calls) if line.startswith(call)))
    assert in_place(update.device) != update.stood
    update.is_taken_back()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_it_is_wherever_the_cut_was(update: Update) -> None:
    calls = update.calls()
    assert len(calls) > 40
    for number in range(1, len(calls) + 1):
        update.cut_at(number)
        update.is_taken_back()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_an_update_that_was_cut_off_anywhere_is_done_by_the_next(
    update: Update, tmp_path: Path
) -> None:
    there, release = bundle(tmp_path, "3")
    good = replace(update, there=there)
    update.device.conduct(release, "online")
    calls = good.calls()
    came = in_place(update.device)
    assert came != update.stood
    for number in range(1, len(calls) + 1):
        good.cut_at(number)
        assert update.device.install(there)[0] == 0
        assert in_place(update.device) == came
        replace(update, stood=came).is_taken_back()


def test_what_was_online_before_a_cut_is_held_to_that_after_it(
    update: Update, tmp_path: Path
) -> None:
    there, release = bundle(tmp_path, "3")
    update.device.conduct(release, "offline")
    offline = replace(update, there=there)
    calls = offline.calls()
    offline.cut_at(1 + calls.index("systemctl daemon-reload"))
    offline.is_taken_back()


def test_a_release_is_on_the_disk_before_it_counts_as_complete(update: Update) -> None:
    calls = [" ".join(line.split()[:3]) for line in update.calls()]
    release = next(line for line in calls if line.startswith("touch ")).split()[1]
    at = calls.index(f"touch {release}")
    assert calls[at - 1] == f"sync -f {release.removesuffix('/complete')}"


def test_two_at_once_do_not_get_into_each_others_way(update: Update) -> None:
    update.device.typed("touch /run/held")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(update.device.install, update.there)
        update.device.typed("until [ -e /run/waits ]; do sleep 0.05; done")
        second = update.device.install(update.there)
        update.device.typed("rm /run/held")
        assert first.result()[0] == 1
    assert second[0] == 1
    assert "another installation is at work on this device; wait until" in second[1]
