"""From the address in a gateway's file to its engine; what hinders is told with its remedy."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException
from docker.tls import TLSConfig
from requests.exceptions import RequestException, SSLError

from lamplighter_provision.engine.docker_engine import DockerEngine
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway

TIMEOUT_S = 60
SSH_S = 15
# What ssh says, and what to do about it.
SSH_REMEDIES = {
    "REMOTE HOST IDENTIFICATION HAS CHANGED": "its host key is not the one that is known; if the"
    " gateway was set up anew, remove the old key: ssh-keygen -R HOST",
    "Host key verification failed": "its host key is not known; compare it with the gateway's own,"
    " then connect once by hand: ssh HOST",
    "Permission denied": "no key of yours is let in; add one to its authorized_keys",
    "Could not resolve hostname": "there is no such host; check the name",
    "Connection refused": "nothing listens for ssh there; check host and port",
    "timed out": "it does not answer; check the address and the network",
    "not found": "it has no docker command; install Docker there",
    "permission denied while trying to connect": "that user may not use Docker; add it there to the"
    " group docker",
    "Cannot connect to the Docker daemon": "no engine runs there; start it: systemctl start docker",
}


def connect(gateway: Gateway) -> DockerEngine:
    """The engine of a gateway, after a first word with it.

    Raises:
        ProvisionError: says what hinders, and what to do.
    """
    if gateway.engine.startswith("ssh://"):
        _try_ssh(gateway.engine)
    try:
        client = docker.DockerClient(
            base_url=gateway.engine,
            tls=_tls(gateway),
            timeout=TIMEOUT_S,
            use_ssh_client=gateway.engine.startswith("ssh://"),
        )
        client.ping()
    except (DockerException, RequestException, OSError) as error:
        raise ProvisionError(f"engine {gateway.engine}: {_explained(error)}") from error
    return DockerEngine(client)


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


def _try_ssh(engine: str) -> None:
    """Say what ssh says before the SDK, which would not; and never wait for a password."""
    address = urlsplit(engine)
    if not address.hostname:
        raise ProvisionError(f"engine: {engine} names no host; write ssh://USER@HOST")
    command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={SSH_S}"]
    if address.username:
        command += ["-l", address.username]
    if address.port:
        command += ["-p", str(address.port)]
    command += ["--", address.hostname, "docker version"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=2 * SSH_S, check=False
        )
    except FileNotFoundError as error:
        raise ProvisionError("ssh is missing: apt-get install openssh-client") from error
    except subprocess.TimeoutExpired as error:
        raise ProvisionError(f"engine {engine}: it does not answer by ssh in time") from error
    if done.returncode:
        raise ProvisionError(f"engine {engine}: {ssh_trouble(done.stderr)}")


def ssh_trouble(text: str) -> str:
    """What hindered, from what ssh wrote."""
    for words, remedy in SSH_REMEDIES.items():
        if words in text:
            return remedy
    lines = text.strip().splitlines()
    return f"ssh: {lines[-1] if lines else 'failed without a word'}"
