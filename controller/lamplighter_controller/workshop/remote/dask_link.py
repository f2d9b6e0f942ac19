"""The connection to a Dask scheduler, which may be away at any time."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from distributed import Client
from distributed.security import Security

from lamplighter_controller.workshop.remote.dask_address import DaskAddress, DaskTls
from lamplighter_controller.workshop.remote.dask_calls import errand, task

CONNECT_WAIT_S = 5.0
# A worker takes a few files, or ends a process, at once; the rest is the way there.
CALL_WAIT_S = 60.0
CLOSE_WAIT_S = 5.0
URGENT, LATER = 0, -10  # Dask's priorities

Receive = Callable[[Mapping[str, Any]], None]


class DaskLink:
    """Submits to a scheduler and listens to its workers. Its calls may wait for the network."""

    def __init__(self, address: DaskAddress, topic: str, receive: Receive) -> None:
        """`receive` gets each report of `topic` and must not wait."""
        self._url = address.url
        self._security = _security(address.tls) if address.tls else None
        self._topic = topic
        self._receive = receive
        self._client: Any = None

    def connect(self) -> str:
        """Connect where there is no connection; returns why not, or an empty text."""
        status = self._client.status if self._client is not None else "closed"
        if status == "running":
            return ""
        if status == "connecting":  # Dask tries that for a while by itself
            return f"the Dask scheduler at {self._url} is away"
        self.close()
        try:
            self._client = self._new_client()
        except Exception as error:  # noqa: BLE001 - whatever Dask raises, nobody is there
            return f"the Dask scheduler at {self._url} cannot be reached: {error}"
        return ""

    def has_workers(self) -> bool:
        """Whether any worker has come to the scheduler."""
        return bool(self._client.nthreads())

    def submit(self, key: str, assignment: bytes, *, background: bool) -> Any:
        """Dask's future of the outcome of an assignment."""
        # Again each time: a scheduler that was started anew knows of no listeners.
        self._client.subscribe_topic(self._topic, lambda event: self._receive(event[1]))
        priority = LATER if background else URGENT
        return self._client.submit(
            task("work"), assignment, key=key, pure=False, retries=0, priority=priority
        )

    def send_files(self, worker: str, batch: dict[str, bytes]) -> None:
        """Give a worker files it lacks."""
        self._client.run(
            errand("receive_files"), batch, workers=[worker], callback_timeout=CALL_WAIT_S
        )

    def end(self, attempt: str, future: Any) -> None:
        """Take an attempt back, also from the worker that is at it."""
        with contextlib.suppress(Exception):  # whoever is away does not work on it
            future.cancel()
            self._client.run(
                errand("end_attempt"), attempt, on_error="ignore", callback_timeout=CALL_WAIT_S
            )

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            with contextlib.suppress(Exception):  # it may be broken already
                self._client.close(timeout=CLOSE_WAIT_S)
        self._client = None

    def _new_client(self) -> Any:
        return Client(  # type: ignore[no-untyped-call]
            self._url,
            timeout=CONNECT_WAIT_S,
            security=self._security,
            set_as_default=False,
            direct_to_workers=False,
            name="lamplighter",
        )


def _security(tls: DaskTls) -> Any:
    return Security(  # type: ignore[no-untyped-call]
        tls_ca_file=tls.ca,
        tls_client_cert=tls.cert,
        tls_client_key=tls.key,
        require_encryption=True,
    )
