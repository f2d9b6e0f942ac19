"""A Docker engine in memory, behind the methods of the SDK's client that provisioning calls.

Its containers are agents that do as their image says. The command that calls it can be killed at
any call, or find the engine out of order for the time of one.
"""

import itertools
from dataclasses import dataclass, field
from http.client import responses
from types import SimpleNamespace
from typing import Any, cast

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.gateway.present import IDENTITY_FILE, STATE_DIR


class Killed(BaseException):
    """The command is gone: whatever it calls from here on does not happen."""


@dataclass(frozen=True)
class Conduct:
    """How the agent of an image behaves, by the looks that were taken at its health."""

    stands: tuple[str, ...] = ("", "offline", "offline", "online")  # the last one stays
    crashes_at: int | None = None


class SteppedTime:
    """In the place of the module `time`: passes when somebody sleeps."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def monotonic(self) -> float:
        return self._now_s

    def sleep(self, seconds: float) -> None:
        self._now_s += seconds


@dataclass
class _Container:
    id: str
    body: dict[str, Any]
    running: bool = False
    exit_code: int = 0
    looks: int = 0


@dataclass
class ContainerEngine:
    """Implements what `DockerEngine` needs of `docker.APIClient`.

    Args:
        images: conduct by id; the image's name leads to `tagged`.
        enrol_code: with which an enrolment ends.
        dies_at: number of the call, from 0, that kills the command.
        fails_at: number of the one call that the engine refuses.
    """

    images: dict[str, Conduct]
    tagged: str
    enrol_code: int = 0
    dies_at: int | None = None
    fails_at: int | None = None
    calls: int = 0
    volumes_: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)  # volume -> paths of containers
    containers_: dict[str, _Container] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=itertools.count)

    def engine(self) -> DockerEngine:
        """A new connection, of a command that lives."""
        self.calls, self.dies_at, self.fails_at = 0, None, None
        return DockerEngine(cast(docker.DockerClient, SimpleNamespace(api=_Mortal(self))))

    def running(self) -> dict[str, str]:
        """Image by name of the containers that run."""
        return {n: c.body["Image"] for n, c in self.containers_.items() if c.running}

    def info(self) -> dict[str, Any]:
        return {"Architecture": "x86_64"}

    def inspect_image(self, name: str) -> dict[str, Any]:
        found = name if name in self.images else self.tagged
        if not found:
            raise ImageNotFound(f"no {name}")
        return {"Id": found, "Architecture": "amd64", "RepoTags": []}

    def volumes(self, filters: object) -> dict[str, Any]:
        return {"Volumes": list(self.volumes_.values())}

    def create_volume(self, name: str, labels: dict[str, str]) -> None:
        self.volumes_.setdefault(name, {"Name": name, "Labels": labels})
        self.files.setdefault(name, set())

    def remove_volume(self, name: str) -> None:
        if any(self._volume(container) == name for container in self.containers_.values()):
            raise _refused(409, f"volume {name} is in use")
        del self.volumes_[name], self.files[name]

    def containers(self, *, all: bool, filters: object) -> list[dict[str, str]]:  # noqa: A002
        return [{"Id": container.id} for container in self.containers_.values()]

    def create_container_from_config(self, body: dict[str, Any], name: str) -> None:
        if name in self.containers_:
            raise _refused(409, f"the name {name} is taken")
        self.containers_[name] = made = _Container(f"id{next(self._ids)}", body)
        assert self._volume(made) in self.volumes_, "the engine would make one without a label"

    def inspect_container(self, name: str) -> dict[str, Any]:
        name, container = self._find(name)
        body = container.body
        return {
            "Id": container.id,
            "Name": f"/{name}",
            "Image": body["Image"],
            "Config": {"Labels": body["Labels"], "User": body["User"]},
            "HostConfig": body["HostConfig"],
            "State": {"Running": container.running, "ExitCode": container.exit_code},
        }

    def put_archive(self, name: str, path: str, data: bytes) -> None:
        self._find(name)

    def get_archive(self, name: str, path: str) -> tuple[list[bytes], dict[str, Any]]:
        assert path.startswith(STATE_DIR)
        if path not in self.files[self._volume(self._find(name)[1])]:
            raise NotFound(f"no {path}", _response(404))
        return [b"a tar"], {}

    def start(self, name: str) -> None:
        container = self._find(name)[1]
        if container.body["Cmd"][0] == "enrol":
            container.exit_code = self.enrol_code
            if not self.enrol_code:
                self.files[self._volume(container)].add(IDENTITY_FILE)
        elif not container.running:
            container.running, container.looks = True, 0
            if IDENTITY_FILE not in self.files[self._volume(container)]:
                container.running, container.exit_code = False, 3

    def wait(self, name: str, timeout: float) -> dict[str, int]:
        return {"StatusCode": self._find(name)[1].exit_code}

    def stop(self, name: str, timeout: int) -> None:
        self._find(name)[1].running = False

    def rename(self, name: str, to: str) -> None:
        if to in self.containers_:
            raise _refused(409, f"the name {to} is taken")
        self.containers_[to] = self.containers_.pop(self._find(name)[0])

    def remove_container(self, name: str, *, v: bool, force: bool) -> None:
        del self.containers_[self._find(name)[0]]

    def logs(self, name: str, tail: int) -> bytes:
        return b"its last words"

    def exec_create(self, name: str, command: list[str]) -> dict[str, str]:
        if not self._find(name)[1].running:
            raise _refused(409, f"{name} does not run")
        return {"Id": name}

    def exec_start(self, name: str) -> bytes:
        container = self._find(name)[1]
        conduct = self.images[container.body["Image"]]
        if container.looks == conduct.crashes_at:
            container.running, container.exit_code = False, 1
            return b""
        container.looks += 1
        return conduct.stands[min(container.looks, len(conduct.stands)) - 1].encode()

    def exec_inspect(self, name: str) -> dict[str, int]:
        return {"ExitCode": 0 if self._find(name)[1].running else 1}

    def _find(self, name: str) -> tuple[str, _Container]:
        for own, container in self.containers_.items():
            if name in (own, container.id):
                return own, container
        raise NotFound(f"no {name}", _response(404))

    def _volume(self, container: _Container) -> str:
        binds: list[str] = container.body["HostConfig"]["Binds"]
        return next(bind.split(":")[0] for bind in binds if bind.endswith(f":{STATE_DIR}"))


class _Mortal:
    """The client of one command, which may be killed at a call."""

    def __init__(self, engine: ContainerEngine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._engine, name)

        def call(*args: Any, **options: Any) -> Any:
            at, self._engine.calls = self._engine.calls, self._engine.calls + 1
            if self._engine.dies_at is not None and at >= self._engine.dies_at:
                raise Killed(name)
            if at == self._engine.fails_at:
                raise _refused(500, f"{name}: out of order")
            return method(*args, **options)

        return call


def _response(status: int) -> Any:
    return SimpleNamespace(status_code=status, reason=responses[status], url="http+docker://x")


def _refused(status: int, words: str) -> APIError:
    return APIError(words, _response(status), words)
