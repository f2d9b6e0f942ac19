"""The compose file and what it mounts: files and metrics that exist, nothing open by mistake."""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from lamplighter_controller.api.metrics.families import names_of
from lamplighter_controller.settings import ENV_PREFIX, ControllerSettings

from docs.generate.metrics import COMMAND, board_text, page

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = ROOT / "deploy/compose"
BOARD = COMPOSE / "grafana/boards/lamplighter.json"
RULES = COMPOSE / "prometheus/alerts.yml"
METRIC = re.compile(r"\blamplighter_[a-z0-9_]+")
SELECTED = re.compile(r"(lamplighter_[a-z0-9_]+)\{([^}]*)\}")
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


SERVICES: dict[str, dict[str, Any]] = _yaml(COMPOSE / "compose.yaml")["services"]


def _board_queries() -> list[str]:
    panels = json.loads(BOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def _alert_queries() -> list[str]:
    return [rule["expr"] for group in _yaml(RULES)["groups"] for rule in group["rules"]]


def test_page_and_board_are_as_the_code_declares() -> None:
    assert (ROOT / "docs/reference/metrics.md").read_text() == page(), COMMAND
    assert BOARD.read_text() == board_text(), COMMAND


@pytest.mark.parametrize("query", [*_board_queries(), *_alert_queries()])
def test_every_query_names_a_metric_that_exists_by_labels_that_it_has(query: str) -> None:
    known = names_of()
    named = METRIC.findall(query)
    assert named or query.startswith("up{")
    assert set(named) <= known.keys()
    for metric, selectors in SELECTED.findall(query):
        used = {part.split("=")[0].rstrip("!") for part in selectors.split(",") if part}
        assert used <= set(known[metric]), query
    for grouped in GROUPED.findall(query):
        labels = {label.strip() for label in grouped.split(",")}
        assert all(labels <= set(known[metric]) for metric in named), query


def test_the_boards_choice_of_devices_is_a_metric() -> None:
    choice = json.loads(BOARD.read_text())["templating"]["list"][0]["query"]["query"]
    assert set(METRIC.findall(choice)) <= names_of().keys()


@pytest.mark.skipif(not shutil.which("promtool"), reason="prometheus is not installed")
def test_prometheus_finds_no_fault(tmp_path: Path) -> None:
    queries = [query.replace("$device", ".*") for query in _board_queries()]
    rules = [{"record": f"board:{i}", "expr": query} for i, query in enumerate(queries)]
    (tmp_path / "board.yml").write_text(json.dumps({"groups": [{"name": "b", "rules": rules}]}))
    for check in (
        ["config", "--syntax-only", str(COMPOSE / "prometheus/prometheus.yml")],
        ["rules", str(RULES), str(tmp_path / "board.yml")],
    ):
        done = subprocess.run(["promtool", "check", *check], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    not shutil.which("docker")
    or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0,
    reason="docker compose is not installed",
)
def test_docker_compose_finds_no_fault() -> None:
    words = {"LAMPLIGHTER_NAME": "c.example", "POSTGRES_PASSWORD": "p", "GRAFANA_PASSWORD": "g"}
    command = ["docker", "compose", "--file", str(COMPOSE / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, env=words | {"PATH": "/usr/bin:/bin"}, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_what_is_mounted_from_the_folder_is_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and source != "./secrets":  # made by first-start.sh
                assert (COMPOSE / source).is_dir(), (name, source)
                assert volume.endswith(":ro"), (name, volume)


def test_settings_and_services_that_are_named_exist() -> None:
    variables = SERVICES["controller"]["environment"]
    settings = {name.removeprefix(ENV_PREFIX).lower() for name in variables}
    assert settings <= set(ControllerSettings.__dataclass_fields__)
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= SERVICES.keys()
    target = _yaml(COMPOSE / "prometheus/prometheus.yml")["scrape_configs"][0]
    assert target["static_configs"][0]["targets"] == ["controller:8080"]
    assert target["tls_config"]["server_name"] in variables["LAMPLIGHTER_PUBLIC_NAMES"]


def test_only_what_others_need_is_open_and_no_password_is_ours() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports["controller"] == ["8080:8080", "8883:8883"]
    assert ports["grafana"] == ["127.0.0.1:3000:3000"]
    assert not ports["postgres"] and not ports["prometheus"]
    passwords = re.findall(r"PASSWORD[^\n]*?: (.*)", (COMPOSE / "compose.yaml").read_text())
    assert all(value.startswith("${") for value in passwords)


def test_the_image_installs_what_the_project_says() -> None:
    text = (COMPOSE / "Dockerfile").read_text()
    torch = re.search(r'"(torch==[^"]+)"', (ROOT / "pyproject.toml").read_text())
    assert torch is not None and f" {torch[1]}\n" in text
    ignored = (COMPOSE / "Dockerfile.dockerignore").read_text().splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    assert {"agent", "controller", "recipes", "pyproject.toml", "requirements.lock"} <= set(kept)


def test_the_first_start_asks_for_a_name_and_keeps_passwords(tmp_path: Path) -> None:
    """With a compose that only writes down what it is told."""
    folder = tmp_path / "compose"
    shutil.copytree(COMPOSE, folder, ignore=shutil.ignore_patterns(".env", "secrets"))
    fake = tmp_path / "fake"
    fake.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/said\ncase "$*" in\n'
        '*api-token*) printf \'{\\n  "token": "abc.def",\\n  "id": "x"\\n}\\n\';;\n'
        "*cat*) echo CA;;\nesac\n"
    )
    fake.chmod(0o755)
    environ = {"PATH": "/usr/bin:/bin", "COMPOSE": str(fake)}
    script = str(folder / "first-start.sh")
    assert subprocess.run(["bash", script], env=environ, capture_output=True).returncode
    for _ in range(2):
        done = subprocess.run(["bash", script, "c.example"], env=environ, capture_output=True)
        assert done.returncode == 0, done.stderr
    env = (folder / ".env").read_text()
    assert "LAMPLIGHTER_NAME=c.example" in env
    assert len(set(re.findall(r"PASSWORD=(\S{32})", env))) == 2
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert (folder / "secrets/prometheus-token").read_text() == "abc.def\n"
    said = (tmp_path / "said").read_text()
    assert said.count("api-token create prometheus") == 1
    assert said.startswith("up --detach --wait controller")


def test_images_of_others_can_take_the_place_of_the_usual_ones() -> None:
    for name, service in SERVICES.items():
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[^}]+\}", service["image"]), name
