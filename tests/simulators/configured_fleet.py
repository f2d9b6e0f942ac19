"""Devices of a rollout that are set from afar, update their agents, and say so."""

from collections.abc import Callable

import msgspec
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Capabilities, Configuration, Configured, Envelope
from lamplighter_wire.signing import open_configuration

from tests.simulators.controller_rig import Device
from tests.simulators.rollout_fleet import RolloutFleet

# Of a device that is told a configuration: why it does not take it; empty: it does.
Refusal = Callable[[str, Configuration], str]


class ConfiguredFleet(RolloutFleet):
    """They take what they are told unless `refusal` says why not."""

    knows_masks = True  # as former agents do not
    refusal: Refusal = staticmethod(lambda _name, _said: "")
    slower: Callable[[Configured], float] = staticmethod(lambda _configured: 1.0)

    def obey(self) -> None:
        super().obey()
        for name in self.names:
            said = self.told(name)
            if name not in self.quiet and said is not None:
                self._answer(name, said)

    def told(self, name: str) -> Configuration | None:
        """The newest configuration that was published for a device, verified."""
        self.rig.outbound.flush()
        topic = topics.down(name, "configuration")
        sent = [payload for at, payload in self.rig.broker.log if at == topic and payload]
        if not sent:
            return None
        return open_configuration(decode(sent[-1], Envelope), self.rig.keys, name)

    def configured(self, name: str) -> Configured:
        """What a device says is in force."""
        return self.capabilities(name).configured or Configured()

    def capabilities(self, name: str) -> Capabilities:
        """As it told them last."""
        return self.rig.store.device(name).capabilities or Capabilities()

    def update_agent(self, name: str, version: str) -> None:
        """Somebody installs another agent on a device."""
        self._say(name, msgspec.structs.replace(self.capabilities(name), agent_version=version))

    def version_of(self, name: str) -> int:
        return self.configured(name).version

    def slowness_of(self, name: str) -> float:
        return self.slower(self.configured(name))

    def lose_what_follows(self) -> None:
        super().lose_what_follows()
        self.rig.outbound.configuration = lambda *_: None  # type: ignore[method-assign]

    def _answer(self, name: str, said: Configuration) -> None:
        before = self.configured(name)
        if said.version <= max(before.version, before.refused):
            return
        why = self.refusal(name, said)
        if why:
            now = msgspec.structs.replace(before, refused=said.version, detail=why)
        else:
            now = Configured(
                version=said.version,
                settings=said.settings,
                settings_version=said.settings_version,
                street_version=said.street_version,
                masks=len(said.street.masks) if said.street and self.knows_masks else 0,
            )
        self._say(name, msgspec.structs.replace(self.capabilities(name), configured=now))

    def _say(self, name: str, capabilities: Capabilities) -> None:
        Device(self.rig, name, {}).say("capabilities", capabilities)
