"""The narrow seam to a Docker engine: everything that provisioning asks of one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, BuildError, DockerException, ImageNotFound, NotFound
from requests.exceptions import RequestException

from lamplighter_provision.engine.archives import file_archive
from lamplighter_provision.engine.container import (
    LABEL_DEVICE,
    STOP_S,
    creation,
    read_container,
)
from lamplighter_provision.engine.sent_file import SentFile
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.present import (
    CONFIG_DIR,
    Container,
    Found,
    Image,
    Present,
    Role,
    Shape,
    container_name,
)

OURS = {"label": LABEL_DEVICE}
LOG_LINES = 20


class DockerEngine:
    """One engine. Every method raises ProvisionError with the engine's own words."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._api = client.api

    def answers(self) -> bool:
        """Whether it still does."""
        try:
            return bool(self._api.ping())
        except (DockerException, RequestException, OSError):
            return False

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def present(self, image: str) -> Present:
        """What the engine is and holds."""
        with _told("read the engine"):
            states = self._api.volumes(filters=OURS).get("Volumes") or []
            ids = [found["Id"] for found in self._api.containers(all=True, filters=OURS)]
            containers: dict[str, dict[Role, Container]] = {
                volume["Labels"][LABEL_DEVICE]: {} for volume in states
            }
            with_state = set(containers)
            for device, role, container in map(self._read, ids):
                containers.setdefault(device, {})[role] = container
            return Present(
                architecture=self._api.info()["Architecture"],
                image=self._image(image),
                devices={
                    device: Found(found, device in with_state)
                    for device, found in containers.items()
                },
            )

    def container(self, device: str, role: Role = Role.AGENT) -> Container:
        """One container as it is now."""
        with _told(f"{device}: read its container"):
            return self._read(container_name(device, role))[2]

    def _read(self, name: str) -> tuple[str, Role, Container]:
        document = self._api.inspect_container(name)
        try:
            image = self._api.inspect_image(document["Image"])
        except ImageNotFound:
            image = {}
        return read_container(document, image.get("RepoTags") or ())

    def _image(self, name: str) -> Image | None:
        try:
            found = self._api.inspect_image(name)
        except ImageNotFound:
            return None
        return Image(found["Id"], found["Architecture"])

    def load_image(self, path: Path, report: Callable[[str], None]) -> None:
        """Bring an image from a file of `docker save`; `report` is told how much has gone there."""
        with _told(f"load {path}"), SentFile(path, report) as file:
            for line in self._api.load_image(file):
                if "error" in line:
                    raise ProvisionError(f"cannot load {path}: {line['error']}")

    def build_image(self, folder: Path, name: str, arguments: dict[str, str]) -> Iterator[str]:
        """Build an image from a folder; yields the engine's lines."""
        with _told(f"build {folder}"):
            for line in self._api.build(
                path=str(folder),
                tag=name,
                buildargs=arguments,
                network_mode="none",
                rm=True,
                forcerm=True,
                decode=True,
            ):
                if "error" in line:
                    raise ProvisionError(f"build of {folder} failed: {line['error']}")
                if text := line.get("stream", "").strip():
                    yield text

    def make_state(self, device: str) -> None:
        """The volume of a device's state; one that is there stays as it is."""
        with _told(f"{device}: make its state"):
            name = container_name(device)
            self._api.create_volume(name, labels={LABEL_DEVICE: device})

    def create(
        self,
        device: str,
        role: Role,
        shape: Shape,
        command: list[str],
        files: dict[str, str],
        *,
        owes_online: bool = False,
    ) -> None:
        """A container that does not run yet, with files in its configuration folder."""
        with _told(f"{device}: create its container"):
            body = creation(device, role, shape, command, owes_online=owes_online)
            name = container_name(device, role)
            self._api.create_container_from_config(body, name)
            for file, text in files.items():
                self._api.put_archive(name, CONFIG_DIR, file_archive(file, text))

    def holds(self, device: str, role: Role, path: str) -> bool:
        """Whether a file is in a container, which need not run."""
        with _told(f"{device}: look for {path}"):
            try:
                content, _ = self._api.get_archive(container_name(device, role), path)
            except NotFound:
                return False
            for _ in content:  # to its end, so that the connection can serve again
                pass
            return True

    def start(self, device: str, role: Role = Role.AGENT) -> None:
        """Start a container."""
        with _told(f"{device}: start"):
            self._api.start(container_name(device, role))

    def stop(self, device: str, role: Role = Role.AGENT) -> None:
        """Stop a container, with time for a clean end."""
        with _told(f"{device}: stop"):
            self._api.stop(container_name(device, role), timeout=STOP_S)

    def rename(self, device: str, role: Role, to: Role) -> None:
        """Give a container another role."""
        with _told(f"{device}: rename"):
            self._api.rename(container_name(device, role), container_name(device, to))

    def remove(self, device: str, role: Role = Role.AGENT) -> None:
        """End and remove a container, and with it its configuration; nothing where it is gone."""
        with _told(f"{device}: remove"):
            try:
                self._api.remove_container(container_name(device, role), v=True, force=True)
            except NotFound:
                return

    def remove_state(self, device: str) -> None:
        """Remove the volume with the identity."""
        with _told(f"{device}: remove its state"):
            self._api.remove_volume(container_name(device))

    def wait(self, device: str, role: Role, limit_s: float) -> int:
        """The exit code of a container that ends by itself."""
        with _told(f"{device}: wait for its {role.value}"):
            ended = self._api.wait(container_name(device, role), timeout=limit_s)
            return int(ended["StatusCode"])

    def log(self, device: str, role: Role = Role.AGENT) -> str:
        """The last lines that a container wrote."""
        with _told(f"{device}: read its log"):
            return str(self._api.logs(container_name(device, role), tail=LOG_LINES).decode())

    def run_inside(self, device: str, command: list[str]) -> tuple[int, str]:
        """Exit code and output of a command in a device's container; 1 where none runs."""
        try:
            made = self._api.exec_create(container_name(device), command)
            output = self._api.exec_start(made["Id"]).decode(errors="replace")
            return self._api.exec_inspect(made["Id"])["ExitCode"] or 0, output
        except APIError as error:
            return 1, _words(error)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (APIError, BuildError) as error:
        raise ProvisionError(f"cannot {what}: {_words(error)}") from error
    except (DockerException, RequestException, OSError) as error:
        raise ProvisionError(f"cannot {what}: {error}; is the engine still there?") from error


def _words(error: Any) -> str:
    return str(getattr(error, "explanation", None) or error).strip()
