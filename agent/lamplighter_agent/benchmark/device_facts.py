"""What this device reports of itself: its capabilities and its probe, as a controller gets them.

`python -m lamplighter_agent.benchmark.device_facts SETTINGS RUNTIME…` takes settings of the agent
as a JSON object, probes the runtimes named, and prints one line of JSON.
"""

import sys
from collections.abc import Sequence

import msgspec
from lamplighter_wire.messages import Capabilities, Probe

from lamplighter_agent.device.capabilities import read_capabilities
from lamplighter_agent.device.probe import run_probe
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.settings import AgentSettings, load_settings


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What plans are made from."""

    capabilities: Capabilities
    probe: Probe


def device_facts(settings: AgentSettings, runtimes: Sequence[str]) -> DeviceFacts:
    """The facts of a device that has only these of the installed runtimes.

    Raises:
        EngineError: as `run_probe`.
    """
    installed = installed_runtimes()
    working = installed.without(installed.versions().keys() - set(runtimes))
    probe = run_probe(settings, working)
    return DeviceFacts(capabilities=read_capabilities(settings, working.versions()), probe=probe)


def main(arguments: Sequence[str]) -> None:
    """Print the facts."""
    settings = load_settings(environ={}, overrides=msgspec.json.decode(arguments[0]))
    facts = device_facts(settings, arguments[1:])
    sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
