"""What decides, beside its inputs, which bytes a build gives: worker and controller must agree."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from lamplighter_recipes.recipe.runtime_facts import RUNTIMES, runtime_facts
from lamplighter_wire import __version__

# Changes of this package that make older builds invalid.
BUILD_FORMAT = "3"
# Beside the tools of the runtimes.
PACKAGES = ("onnx", "numpy", "torch")


@cache
def build_versions() -> Mapping[str, str]:
    """Versions of this installation by name; without what is not installed."""
    tools = {tool for name in RUNTIMES.names() for tool in runtime_facts(name).tools}
    versions = {"lamplighter": __version__, "build format": BUILD_FORMAT}
    for name in (*PACKAGES, *sorted(tools)):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def differences(controller: Mapping[str, str], worker: Mapping[str, str]) -> str:
    """What differs of what both have, in words; empty when builds of both are the same.

    A controller whose workers build needs no torch.
    """
    return ", ".join(
        f"{name} {worker[name]} instead of {wanted}"
        for name, wanted in controller.items()
        if worker.get(name, wanted) != wanted
    )
