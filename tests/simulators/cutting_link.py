"""A link over which connections break: a forwarder that ends each after so many bytes."""

import socket
import threading
from contextlib import suppress

READ_BYTES = 4096


class CuttingLink:
    """Forwards to an address of this machine; `cuts` are bytes after which answers end, one for
    each connection in turn, then none does."""

    def __init__(self, port: int, cuts: list[int]) -> None:
        self._port, self._cuts = port, cuts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._is_broken = False
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def break_off(self) -> None:
        """End all connections and take no new ones, until it is mended."""
        self._is_broken = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections through again."""
        self._is_broken = False

    def _run(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self._is_broken:
                near.close()
                continue
            room = self._cuts.pop(0) if self._cuts else None
            try:
                far = socket.create_connection(("127.0.0.1", self._port))
            except OSError:  # nobody listens behind the link: it ends here as well
                near.close()
                continue
            self._ends += [near, far]
            threading.Thread(target=_forward, args=(near, far, None), daemon=True).start()
            threading.Thread(target=_forward, args=(far, near, room), daemon=True).start()


def _forward(source: socket.socket, sink: socket.socket, room: int | None) -> None:
    with suppress(OSError):
        while data := source.recv(READ_BYTES if room is None else min(READ_BYTES, room)):
            sink.sendall(data)
            if room is not None:
                room -= len(data)
                if room == 0:
                    break
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
