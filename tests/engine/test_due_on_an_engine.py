"""A rollout of an agent's version on a real engine: brought, and taken back where it must be."""

import io
import tarfile

from lamplighter_cli.app import app
from lamplighter_client import group_endpoints, rollout_endpoints
from lamplighter_client.documents.rollouts import RolloutBody
from typer.testing import CliRunner, Result

from tests.engine.site import Site
from tests.simulators.running_controller import eventually

NEWER = """FROM lamplighter-agent:test
COPY metadata /newer/lamplighter-{version}.dist-info/METADATA
ENV PYTHONPATH=/newer:$PYTHONPATH
"""
BROKEN = NEWER + 'ENTRYPOINT ["python3", "-c", "raise SystemExit(\'this image is broken\')"]\n'


def build(site: Site, dockerfile: str, version: str) -> None:
    """An image whose agent says that it is of a version."""
    metadata = f"Metadata-Version: 2.1\nName: lamplighter\nVersion: {version}\n"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, text in (
            ("Dockerfile", dockerfile.format(version=version)),
            ("metadata", metadata),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    context.seek(0)
    tag = f"lamplighter-agent:{version}"
    site.engine.client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)


def begin(site: Site, name: str, version: str) -> None:
    client = site.controller.client
    body = RolloutBody(
        name=name, group="all", agent_version=version, waves="fixed", first=9, canaries_per_class=0
    )
    client.send(rollout_endpoints.create_rollout(body))
    for verb in ("approve", "start"):
        client.send(rollout_endpoints.step_rollout(name, verb))


def bring(site: Site, name: str) -> Result:
    target = site.controller.client.target
    token = ["--url", target.url, "--token", target.token]
    command = ["provision", "due", name, str(site.file), "--yes", *token]
    return CliRunner().invoke(app, command)


def standing(site: Site, name: str) -> dict[str, str]:
    listed = site.controller.client.send(rollout_endpoints.rollout_devices(name))
    return {one.device: one.state for one in listed}


def test_a_version_is_brought_and_one_that_does_not_come_up_stops_its_rollout(site: Site) -> None:
    site.engine.client.images.get(site.image).tag("lamplighter-agent", "0.1.0")
    site.image = "lamplighter-agent:{version}"
    site.lines["version"] = "0.1.0"
    site.agents |= {"cam-1": "", "cam-2": ""}
    assert site.apply().exit_code == 0
    site.controller.client.send(group_endpoints.create_group("all", "id=cam-1 or id=cam-2"))
    build(site, NEWER, "0.1.1")
    begin(site, "newer", "0.1.1")
    done = bring(site, "newer")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("updated") == 2
    both = {"cam-1": "watched", "cam-2": "watched"}
    eventually(lambda: standing(site, "newer") == both, "their reports")
    assert 'version: it says 0.1.0; write version = "0.1.1"' in done.stderr
    assert "nothing was to be done" in bring(site, "newer").output
    _the_file_does_not_go_back(site)
    for verb in ("abort", "end"):
        site.controller.client.send(rollout_endpoints.step_rollout("newer", verb))

    before = site.inspect("lamplighter-cam-1")["Id"]
    build(site, BROKEN, "0.1.2")
    begin(site, "broken", "0.1.2")
    failed = bring(site, "broken")
    assert failed.exit_code
    assert "cam-2: left as it is; 0.1.2 is not due there any more" in failed.stderr
    assert standing(site, "broken") == {"cam-1": "failed", "cam-2": "ordered"}
    assert site.inspect("lamplighter-cam-1")["Id"] == before
    eventually(lambda: site.show()["cam-1"]["state"] == "online", "what ran before")


def _the_file_does_not_go_back(site: Site) -> None:
    left = site.apply()
    assert left.exit_code
    assert "cam-1: left as it is: it runs 0.1.1, newer than the 0.1.0 of" in left.stdout
    assert site.show()["cam-1"]["todo"] == ["runs 0.1.1"]
    back = site.apply("--back", "--dry-run")
    assert "cam-1: update (image: 0.1.1 to 0.1.0)" in back.stdout
