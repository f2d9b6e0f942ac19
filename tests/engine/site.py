"""A gateway's file, and the commands that an operator types at it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamplighter_cli.app import app
from typer.testing import CliRunner, Result

from tests.engine.own_engine import OwnEngine
from tests.simulators.running_controller import RunningController


@dataclass
class Site:
    """Everything in the file can be set; `apply` writes it first."""

    engine: OwnEngine
    controller: RunningController
    folder: Path
    clips: Path
    image: str
    agents: dict[str, str] = field(default_factory=dict)  # device -> its further lines
    lines: dict[str, Any] = field(default_factory=dict)  # of the file's head

    @property
    def file(self) -> Path:
        return self.folder / "gateway.toml"

    def write(self) -> None:
        head = {
            "engine": self.engine.address,
            "image": self.image,
            "url": self.controller.url,
            "network": "host",
            "start_s": 30.0,
        } | self.lines
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in head.items())
        for device, lines in self.agents.items():
            text += f'[agents.{device}]\nsource = "{self.clips}/street.mp4"\n'
            text += f'paths = ["{self.clips}"]\n{lines}\n'
        self.file.write_text(text)

    def apply(self, *options: str) -> Result:
        self.write()
        target = self.controller.client.target
        token = ["--url", target.url, "--token", target.token]
        return self.run("apply", str(self.file), "--yes", *token, *options)

    def show(self) -> dict[str, dict[str, Any]]:
        rows = json.loads(self.run("show", str(self.file), "--json").stdout)
        return {row["device"]: row for row in rows}

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["provision", "docker", *arguments])

    def inspect(self, name: str) -> dict[str, Any]:
        return dict(self.engine.client.api.inspect_container(name))
