"""What a runtime is in the workshop, as data: read without importing the runtime.

Those of this package lie in `runtimes/`, in folders of their names; others are named by entry
points of their distributions (group `lamplighter.runtimes`).
"""

import os
import subprocess
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import msgspec

from lamplighter_recipes.recipe.facts_file import read_facts
from lamplighter_recipes.recipe.plugins import Plugins

PACKAGE = "lamplighter_recipes.runtimes"
PAGE = "docs/how-to/add-a-runtime.md"
ASK = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
ASK_S = 60.0


class RuntimeFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One runtime.

    Attributes:
        summary: for people.
        artifact: the kind of what it opens, as techniques take and give it.
        extra: of this distribution, or a package: without it the workshop cannot build for it.
        tools: distributions whose versions decide what comes out of a build.
        python: environment variable that names the Python whose packages the tools are; empty:
            they are installed here.
        export_only: no agent serves it: what is built for it is taken elsewhere by people.
        channels_last: of its tensors: what networks export lies as it does there.
        export_format: raised when what is exported changes for another reason than that.
        palette_entries: values of a large layer when its weights are clustered; fewer where
            processors read palettes of so many themselves.
    """

    summary: str
    artifact: str
    extra: str
    tools: list[str]
    python: str = ""
    export_only: bool = False
    channels_last: bool = False
    export_format: int = 1
    palette_entries: int = 64


def _ours() -> dict[str, str]:
    folder = Path(__file__).parents[1] / "runtimes"
    names = [path.parent.name for path in folder.glob("*/runtime.toml")]
    return {name: f"{PACKAGE}.{name}.runtime" for name in names}


RUNTIMES = Plugins("runtime", "lamplighter.runtimes", _ours)


def runtime_facts(name: str) -> RuntimeFacts:
    """What is known of a runtime, without importing it.

    Raises:
        RecipeError: there is no such runtime, or its facts are not in order.
    """
    return read_facts(RUNTIMES.facts_path(name), RuntimeFacts, PAGE)


def tool_versions(name: str) -> dict[str, str]:
    """Version of each tool of a runtime; "" for one that is not installed.

    Raises:
        RecipeError: as `runtime_facts`.
    """
    facts = runtime_facts(name)
    if facts.python:
        return _versions_there(os.environ.get(facts.python, ""), tuple(facts.tools))
    return {tool: _version(tool, tuple(sys.path)) for tool in facts.tools}


def is_installed(name: str) -> bool:
    """Whether the workshop can build for a runtime here.

    Raises:
        RecipeError: as `runtime_facts`.
    """
    return all(tool_versions(name).values())


@lru_cache(maxsize=16)
def _versions_there(python: str, tools: tuple[str, ...]) -> dict[str, str]:
    """In another environment, by its own Python."""
    versions = dict.fromkeys(tools, "")
    if not python:
        return versions
    try:
        asked = subprocess.run(
            [python, "-c", ASK, *tools], capture_output=True, text=True, timeout=ASK_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return versions
    return versions | dict(zip(tools, asked.stdout.split(), strict=False))


@lru_cache(maxsize=64)
def _version(distribution: str, _path: tuple[str, ...]) -> str:
    """By the places that modules come from: looking one up reads files."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
