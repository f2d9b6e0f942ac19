"""The compose file brought up: a device enrols, Prometheus sees it, and all of it stays."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_provision.engine.carrying_out import Carrier
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.gateway.desired import Agent, Gateway
from lamplighter_provision.gateway.planning import plan

from tests.engine.composed_city import NAME, ComposedCity
from tests.engine.conftest import IMAGE
from tests.engine.own_engine import OwnEngine
from tests.simulators.blobs import blob_clip
from tests.simulators.running_controller import eventually

DEVICE = "cam-7"


@pytest.fixture
def city(own_engine: OwnEngine, prepared: Path, tmp_path: Path) -> Iterator[ComposedCity]:
    made = ComposedCity(own_engine, prepared, tmp_path)
    yield made
    own_engine.clear()
    made.close()


def is_online(city: ComposedCity) -> bool:
    listed = json.loads(city.typed("lamplighter", "device", "list", "--json"))
    return any(row["online"] for row in listed if row["id"] == DEVICE)


def bring_device(city: ComposedCity, clips: Path) -> None:
    """As `provision docker apply` does, by the name under which devices reach the controller."""
    blob_clip(clips / "street.mp4", light=0.4, to_the_right=True)
    agent = Agent(source=f"{clips}/street.mp4", paths=(str(clips),))
    gateway = Gateway(
        url=f"https://{NAME}:8080",
        image=IMAGE,
        network="lamplighter_default",
        agents={DEVICE: agent},
    )

    def token(device: str) -> str:
        made = json.loads(city.typed("lamplighter", "token", "create", device, "--json"))
        return str(made["token"])

    engine = DockerEngine(city.engine.client)
    steps = plan(gateway, engine.present(IMAGE))
    Carrier(engine, gateway, token, lambda _: None).carry_out(steps)


def asked(city: ComposedCity, query: str) -> list[str]:
    """The values that Prometheus has for a query."""
    words = urllib.parse.urlencode({"query": query})
    url = f"http://{city.address('prometheus')}:9090/api/v1/query?{words}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        results = json.load(answer)["data"]["result"]
    return [row["value"][1] for row in results]


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("machine_image")
def test_a_city_comes_up_by_its_compose_file_and_stays(
    city: ComposedCity, tmp_path_factory: pytest.TempPathFactory
) -> None:
    city.make_images()
    assert f"API https://{NAME}:8080" in city.first_start()
    services = city.services()
    assert set(services) == {"controller", "postgres", "prometheus"}
    assert {one["State"]["Status"] for one in services.values()} == {"running"}
    host = services["controller"]["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    assert "postgresql" in city.typed("lamplighter", "doctor")

    clips = tmp_path_factory.mktemp("clips")
    clips.parent.chmod(0o755)
    bring_device(city, clips)
    eventually(lambda: is_online(city), f"{DEVICE} online")
    eventually(lambda: asked(city, 'up{job="lamplighter"}') == ["1"], "a scrape")
    online = f'lamplighter_device_online{{device="{DEVICE}"}}'
    eventually(lambda: asked(city, online) == ["1"], "the device in a scrape")
    command = ["exec", "--no-TTY", "postgres", "pg_dump", "--username=lamplighter", "lamplighter"]
    assert DEVICE in city.compose(*command)

    city.compose("up", "--detach", "--wait", "--force-recreate", "controller")
    assert DEVICE in city.typed("lamplighter", "device", "list")
    eventually(lambda: is_online(city), f"{DEVICE} online again")


def test_the_whole_file_is_in_order(city: ComposedCity) -> None:
    words = ["POSTGRES_PASSWORD=p", "GRAFANA_PASSWORD=g", f"LAMPLIGHTER_NAME={NAME}"]
    command = ["docker", "compose", "--file", "compose.yaml", "config", "--format", "json"]
    text = city.run("env", *words, *command)
    services = json.loads(text)["services"]
    assert set(services) == {"controller", "postgres", "prometheus", "grafana"}
    assert services["grafana"]["image"].startswith("grafana/grafana:")
