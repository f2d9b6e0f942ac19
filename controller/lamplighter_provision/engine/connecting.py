"""From the address in a gateway's file to its engine; what hinders is told with its remedy."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import docker
from docker.constants import DEFAULT_DOCKER_API_VERSION, MINIMUM_DOCKER_API_VERSION
from docker.errors import DockerException
from docker.tls import TLSConfig
from docker.utils import version_lt
from requests.exceptions import RequestException, SSLError

from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.engine.ssh_bridge import SshBridge
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway, Tls

TIMEOUT_S = 60


class Connections:
    """Engines that are spoken to, each by one road from the first word until `close`."""

    def __init__(self) -> None:
        self._engines: dict[tuple[str, Tls | None], DockerEngine] = {}
        self._roads: dict[tuple[str, Tls | None], ExitStack] = {}

    def engine(self, gateway: Gateway) -> DockerEngine:
        """The engine of a gateway, after a word with it.

        Raises:
            ProvisionError: says what hinders, and what to do.
        """
        key = (gateway.engine, gateway.tls)
        if key in self._engines:
            if self._engines[key].answers():
                return self._engines[key]
            self._close(key)
        with ExitStack() as road:
            self._engines[key] = _connect(gateway, road)
            self._roads[key] = road.pop_all()
        return self._engines[key]

    def close(self) -> None:
        """End all roads."""
        for key in list(self._engines):
            self._close(key)

    def _close(self, key: tuple[str, Tls | None]) -> None:
        del self._engines[key]
        self._roads.pop(key).close()


@contextmanager
def connected(gateway: Gateway) -> Iterator[DockerEngine]:
    """One engine for as long as it is asked. Raises ProvisionError as `Connections.engine`."""
    with closing(Connections()) as connections:
        yield connections.engine(gateway)


def _connect(gateway: Gateway, road: ExitStack) -> DockerEngine:
    """Whatever has to end with the road is left to it. Raises ProvisionError."""
    address = gateway.engine
    if address.startswith("ssh://"):
        bridge = SshBridge(address)
        bridge.try_out()
        road.callback(bridge.close)
        address = bridge.open()
    tls = _tls(gateway)
    try:
        first = road.enter_context(closing(_client(address, tls, MINIMUM_DOCKER_API_VERSION)))
        newest = first.version(api_version=False)["ApiVersion"]
        if version_lt(DEFAULT_DOCKER_API_VERSION, newest):
            newest = DEFAULT_DOCKER_API_VERSION
        return road.enter_context(closing(DockerEngine(_client(address, tls, newest))))
    except (DockerException, RequestException, OSError) as error:
        raise ProvisionError(f"engine {gateway.engine}: {_explained(error)}") from error


def _client(address: str, tls: TLSConfig | None, version: str) -> docker.DockerClient:
    """Its version is named, because else it is asked for before the environment can be shut out.

    That may name authorities for the web, which would stand in the place of the engine's own.
    """
    client = docker.DockerClient(base_url=address, tls=tls, timeout=TIMEOUT_S, version=version)
    client.api.trust_env = False
    return client


def _tls(gateway: Gateway) -> TLSConfig | None:
    tls = gateway.tls
    if tls is None:
        return None
    for name, path in (("ca", tls.ca), ("cert", tls.cert), ("key", tls.key)):
        if not Path(path).is_file():
            raise ProvisionError(f"tls.{name}: {path} is no file; check the path")
    return TLSConfig(client_cert=(tls.cert, tls.key), ca_cert=tls.ca, verify=True)


def _explained(error: Exception) -> str:
    """The innermost cause says what happened; what is around it repeats it in a library's words."""
    causes: list[BaseException] = [error]
    while (inner := causes[-1].__context__) is not None:
        causes.append(inner)
    for cause in causes:
        match cause:
            case PermissionError():
                return "no permission; join the group docker (a new login later), or use sudo"
            case FileNotFoundError() | ConnectionRefusedError():
                return "no engine answers there; start it, or name another with `engine`"
            case SSLError():
                return f"TLS: {cause}; check ca, cert and key, and the name in its certificate"
    return f"{error}; check the address and that the engine runs"
