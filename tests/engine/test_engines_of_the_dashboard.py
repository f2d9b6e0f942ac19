"""What the dashboard shows of a real engine, and does there."""

from pathlib import Path

import pytest
from lamplighter_cli.commands.provisioning.docker_hosts import GatewayHosts
from lamplighter_dashboard.model.docker_hosts import HostError

from tests.engine.site import Site


def test_an_agent_is_seen_updated_and_removed(site: Site) -> None:
    site.agents["cam-1"] = ""
    assert site.apply().exit_code == 0
    hosts, file = GatewayHosts([site.file]), str(site.file)
    (host,) = hosts.look()
    (agent,) = host.agents
    assert (host.engine, host.trouble) == (site.engine.address, "")
    assert (agent.device, agent.running, agent.connection) == ("cam-1", True, "online")
    assert (list(agent.images), list(agent.todo)) == ([site.image], [])
    before = site.inspect("lamplighter-cam-1")["Id"]
    site.agents["cam-1"] = "settings = {telemetry_s = 5.0}"
    site.write()
    assert list(hosts.look()[0].agents[0].todo) == ["update"]
    hosts.update(file, "cam-1")
    assert site.inspect("lamplighter-cam-1")["Id"] != before
    assert list(hosts.look()[0].agents[0].todo) == []
    hosts.remove(file, "cam-1")
    (gone,) = hosts.look()[0].agents
    assert (gone.is_absent, list(gone.todo)) == (True, ["create and start"])
    with pytest.raises(HostError, match="it is not on this engine"):
        hosts.update(file, "cam-1")


def test_an_engine_that_is_away_says_so(site: Site, tmp_path: Path) -> None:
    site.agents["cam-1"] = ""
    site.lines["engine"] = f"unix://{tmp_path}/none.sock"
    site.write()
    (host,) = GatewayHosts([site.file]).look()
    assert "no engine answers there" in host.trouble
