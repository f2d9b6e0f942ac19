"""Bundles to many devices at once: each is looked at, then installed, updated or left alone."""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lamplighter_provision.bundle.contents import digest_of, texts, wheels_for, wheels_of
from lamplighter_provision.bundle.packing import pack
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.versions import ahead_words, is_newer
from lamplighter_provision.ssh.hosts import PROBE, Deed, HostFacts, facts_of
from lamplighter_provision.ssh.remote import Remote

AT_ONCE = 4
Tell = Callable[[str, str], object]  # device, line
NewToken = Callable[[str], str]


@dataclass(frozen=True)
class Target:
    """A device of the gateway's file, and where ssh finds it."""

    device: str
    host: str


@dataclass(frozen=True)
class Planned:
    """What is to be done on one device; `trouble`: why nothing can be."""

    target: Target
    facts: HostFacts | None = None
    deed: Deed = Deed.NOTHING
    version: str = ""  # that the wheels have
    trouble: str = ""

    def __str__(self) -> str:
        """What there is to do, and from which version to which."""
        runs = self.facts.version if self.facts else ""
        if self.trouble or self.deed is not Deed.UPDATE or runs in ("", self.version):
            return self.trouble or str(self.deed)
        return f"{self.deed} ({runs} to {self.version})"


@dataclass(frozen=True)
class Done:
    """What came of one device; `trouble` empty: it is as the file says."""

    target: Target
    deed: Deed
    seconds: float
    trouble: str = ""


@dataclass
class Installer:
    """Over a gateway's file and the wheels of `make image`.

    Args:
        new_token: makes one for a device that has not enrolled.
        tell: gets each line that a device's installation writes.
        back: also those that run a newer version than the wheels.
    """

    gateway: Gateway
    wheels: Path
    new_token: NewToken
    tell: Tell
    at_once: int = AT_ONCE
    back: bool = False
    _remotes: list[Remote] = field(default_factory=list)

    def plan(self, targets: Sequence[Target]) -> list[Planned]:
        """Look at all of them."""
        with ThreadPoolExecutor(self.at_once) as pool:
            return list(pool.map(self._look, targets))

    def install(self, planned: Sequence[Planned]) -> list[Done]:
        """Do what there is to do; one that fails holds up no other."""
        work = [one for one in planned if one.facts is not None and one.deed is not Deed.NOTHING]
        with ThreadPoolExecutor(self.at_once) as pool:
            try:
                return list(pool.map(self._install, work))
            except BaseException:
                for remote in self._remotes:
                    remote.end()
                raise

    def _look(self, target: Target) -> Planned:
        lines: list[str] = []
        try:
            self._remote(target).run(PROBE, lines.append)
            facts = facts_of(lines)
            deed = facts.deed(self._digest(target.device, facts.arch))
            return Planned(target, facts, deed, self._version(facts))
        except ProvisionError as error:
            return Planned(target, trouble=str(error))

    def _install(self, planned: Planned) -> Done:
        began, target = time.monotonic(), planned.target
        try:
            self._bring(planned)
            trouble = ""
        except Exception as error:  # noqa: BLE001 - told in the summary, and the others go on
            trouble = str(error)
        return Done(target, planned.deed, time.monotonic() - began, trouble)

    def _bring(self, planned: Planned) -> None:
        facts, target = planned.facts, planned.target
        if facts is None:
            raise ProvisionError(planned.trouble)
        token = "" if facts.has_enrolled else self.new_token(target.device)
        last = [""]

        def hear(line: str) -> None:
            last[0] = line or last[0]
            self.tell(target.device, line)

        with tempfile.TemporaryDirectory(prefix="lamplighter-bundle-") as folder:
            bundle = pack(self.gateway, target.device, facts.arch, self.wheels, Path(folder), token)
            code = self._remote(target).run(facts.command(), hear, bundle)
        if code:
            raise ProvisionError(last[0] or f"the installation ended with {code}")

    def _digest(self, device: str, arch: str) -> str:
        return digest_of(texts(self.gateway, device, arch, wheels_for(self.wheels, arch)))

    def _version(self, facts: HostFacts) -> str:
        """That a device would get. Raises ProvisionError: it runs a newer one."""
        version = wheels_of(self.wheels)
        if is_newer(facts.version, version) and not self.back:
            raise ProvisionError(ahead_words(facts.version, f"the {version} of {self.wheels}"))
        return version

    def _remote(self, target: Target) -> Remote:
        remote = Remote(target.host)
        self._remotes.append(remote)
        return remote
