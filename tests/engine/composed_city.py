"""The compose file as users start it, with images that this machine can make."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.engine.machines import CHECKOUT, LENT, LENT_PATH, MACHINE, ROOT, build
from tests.engine.own_engine import OwnEngine

COMPOSE = ROOT / "deploy/compose"
NAME = "controller.example"  # under which devices reach it
IMAGES = {
    "LAMPLIGHTER_IMAGE": "lamplighter-controller:test",
    "POSTGRES_IMAGE": "lamplighter-postgres:test",
    "PROMETHEUS_IMAGE": "lamplighter-prometheus:test",
}
INSTALLED = f"""FROM {MACHINE}
COPY lamplighter /usr/local/bin/
RUN useradd --system --uid 10002 --create-home lamplighter \\
 && install -d -o lamplighter -m 700 /var/lib/lamplighter
ENV PYTHONPATH={LENT_PATH} LAMPLIGHTER_MATERIALS_DIR={CHECKOUT}/deploy/demo
"""
PROGRAM = '#!/bin/sh\nexec python3 -m lamplighter_cli "$@"\n'
# As the public image does: a database of the names that it is told, at the first start.
POSTGRES = """#!/bin/sh
set -e
data=/var/lib/postgresql/data
tools=/usr/lib/postgresql/15/bin
install -d -o postgres /run/postgresql "$data"
chown postgres "$data"
if [ ! -e "$data/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /run/password
  chown postgres /run/password
  runuser -u postgres -- "$tools/initdb" --pgdata="$data" --username="$POSTGRES_USER" \\
    --pwfile=/run/password --auth-host=scram-sha-256 --auth-local=trust \\
    --encoding=UTF8 --locale=C.UTF-8
  rm /run/password
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB" |
    runuser -u postgres -- "$tools/postgres" --single -D "$data" postgres
fi
exec runuser -u postgres -- "$tools/postgres" -D "$data" -c 'listen_addresses=*'
"""
POSTGRES_IMAGE = f"""FROM {MACHINE}
COPY start /usr/local/bin/
VOLUME ["/var/lib/postgresql/data"]
ENTRYPOINT ["start"]
"""
PROMETHEUS_IMAGE = f"""FROM {MACHINE}
RUN install -d -o nobody /prometheus
USER nobody
WORKDIR /prometheus
ENTRYPOINT ["prometheus"]
"""


class ComposedCity:
    """In a folder of its own, on an engine of ours. Nothing is published: names and addresses of
    the network between the containers serve. Grafana is left out: Debian has no package of it.
    """

    def __init__(self, engine: OwnEngine, prepared: Path, folder: Path) -> None:
        self.engine, self.folder = engine, folder / "compose"
        shutil.copytree(COMPOSE, self.folder, ignore=shutil.ignore_patterns(".env", "secrets"))
        (folder / "docker").mkdir()
        (folder / "docker/cli-plugins").symlink_to(prepared / "tools/cli-plugins")
        self._environ = {
            "PATH": os.environ["PATH"],
            "DOCKER_HOST": engine.address,
            "DOCKER_CONFIG": str(folder / "docker"),
            "COMPOSE": "docker compose --file compose.yaml --file ours.yaml",
            **IMAGES,
        }
        (self.folder / "ours.yaml").write_text(_ours())

    def make_images(self) -> None:
        """Those of others from Debian's packages; the controller's by its own Dockerfile."""
        build(self.engine, "lamplighter-installed:test", INSTALLED, {"lamplighter": PROGRAM})
        build(self.engine, IMAGES["POSTGRES_IMAGE"], POSTGRES_IMAGE, {"start": POSTGRES})
        build(self.engine, IMAGES["PROMETHEUS_IMAGE"], PROMETHEUS_IMAGE)
        command = [
            "docker",
            "buildx",
            "build",
            "--build-arg",
            "INSTALLED=lamplighter-installed:test",
        ]
        command += ["--file", str(COMPOSE / "Dockerfile"), "--tag", IMAGES["LAMPLIGHTER_IMAGE"]]
        self.run(*command, str(ROOT))

    def first_start(self) -> str:
        return self.run(str(self.folder / "first-start.sh"), NAME)

    def compose(self, *words: str) -> str:
        return self.run(*self._environ["COMPOSE"].split(), *words)

    def typed(self, *words: str) -> str:
        """A command of an operator, in the controller's container."""
        return self.compose("exec", "--no-TTY", "controller", *words)

    def run(self, *command: str) -> str:
        """What a command writes."""
        done = subprocess.run(
            command, cwd=self.folder, env=self._environ, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def services(self) -> dict[str, dict[str, Any]]:
        """Service -> its container, as inspected."""
        found: dict[str, dict[str, Any]] = {}
        for container in self.engine.client.containers.list(all=True):
            if service := container.labels.get("com.docker.compose.service"):
                found[service] = self.engine.client.api.inspect_container(container.id)
        return found

    def address(self, service: str) -> str:
        """On the network between the containers, which reaches to this machine."""
        (network,) = self.services()[service]["NetworkSettings"]["Networks"].values()
        return str(network["IPAddress"])

    def close(self) -> None:
        if (self.folder / ".env").exists():
            self.compose("down", "--volumes", "--timeout", "20")


def _ours() -> str:
    """What is other here than where users start it."""
    controller = {
        "ports": "!reset []",  # they may be taken on this machine
        "volumes": [f"{here}:{there}:ro" for here, there in LENT.items()],
        "networks": {"default": {"aliases": [NAME]}},
    }
    text = json.dumps({"services": {"controller": controller, "grafana": {"profiles": ["none"]}}})
    return text.replace('"!reset []"', "!reset []")
