"""Which version of the agent runs, and whether a file would go back behind it. Pure."""

import re
from collections.abc import Mapping

from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.present import Container, Present, Role

NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def is_newer(version: str, other: str) -> bool:
    """By the numbers that both begin with; what begins with none is neither newer nor older."""
    one, two = NUMBERS.match(version), NUMBERS.match(other)
    return bool(one and two) and _numbers(one.group()) > _numbers(two.group())  # type: ignore[union-attr]


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(number) for number in text.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def version_of(gateway: Gateway, container: Container) -> str:
    """What a container runs, by an image of the name that the file gives to each version; empty:
    it is none of these."""
    if not gateway.version or gateway.version not in gateway.image:
        return ""
    before, _, behind = gateway.image.rpartition(gateway.version)
    for name in container.image_names:
        if name.startswith(before) and name.endswith(behind):
            return name[len(before) : len(name) - len(behind)]
    return ""


def ahead(gateway: Gateway, present: Present) -> Mapping[str, str]:
    """Device -> its version, of those that run a newer one than the file says."""
    runs = {
        device: version_of(gateway, found.containers[Role.AGENT])
        for device, found in present.devices.items()
        if device in gateway.agents and Role.AGENT in found.containers
    }
    return {device: at for device, at in runs.items() if is_newer(at, gateway.version)}


def ahead_words(version: str, said: str) -> str:
    """Of a device that runs a newer version than the one that is said."""
    return (
        f"left as it is: it runs {version}, newer than {said}; write the version that it shall"
        " have, or go back with --back"
    )
