"""The image's definition for buildx: one file for each processor, or one name for both."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.engine.machines import ROOT

DEFINITION = ROOT / "deploy/docker/docker-bake.json"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [],
            {
                ("linux/amd64",): ["type=docker,dest=lamplighter-agent-amd64.tar"],
                ("linux/arm64",): ["type=docker,dest=lamplighter-agent-arm64.tar"],
            },
        ),
        (["agent"], {("linux/amd64", "linux/arm64"): []}),
    ],
)
def test_buildx_reads_it(
    prepared: Path, tmp_path: Path, words: list[str], expected: dict[tuple[str, ...], list[str]]
) -> None:
    (tmp_path / "cli-plugins").symlink_to(prepared / "tools/cli-plugins")
    command = ["docker", "buildx", "bake", "--file", str(DEFINITION), "--print", *words]
    environ = {"PATH": os.environ["PATH"], "DOCKER_CONFIG": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
    targets = json.loads(done.stdout)["target"].values()
    assert {tuple(one["platforms"]): one.get("output", []) for one in targets} == expected
    assert {tag.split(":")[0] for one in targets for tag in one["tags"]} == {"lamplighter-agent"}
