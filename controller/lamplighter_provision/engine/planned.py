"""What an engine lacks of what its gateway's file says."""

from pathlib import Path

from lamplighter_provision.engine.archives import read_image_file
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.gateway.desired import Gateway
from lamplighter_provision.gateway.planning import Step, plan


def steps_of(gateway: Gateway, engine: DockerEngine) -> list[Step]:
    """All steps, in their order.

    Raises:
        ProvisionError: the image is missing or for another processor, or the engine is away.
    """
    brought = None
    if gateway.image_file:
        brought = read_image_file(Path(gateway.image_file), gateway.image)
    return plan(gateway, engine.present(gateway.image), brought)
