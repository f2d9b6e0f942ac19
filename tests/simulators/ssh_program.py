"""Put on the PATH as `ssh`: behind it is an engine that answers and holds nothing. Each run leaves
a file in LAMPLIGHTER_SSH_RUNS, with its command; it is gone when the run has ended."""

import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

ANSWERS = {"/_ping": "OK", "/version": '{"ApiVersion": "1.41"}'}


def answered(request: str) -> bytes:
    path = request.split()[1]
    body = next((text for end, text in ANSWERS.items() if path.endswith(end)), "{}")
    kind = "application/json" if body.startswith("{") else "text/plain"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def serve(connection: socket.socket) -> None:
    text = b""
    while received := connection.recv(65536):
        text += received
        while b"\r\n\r\n" in text:
            request, text = text.split(b"\r\n\r\n", 1)
            connection.sendall(answered(request.decode()))


def stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(1)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    command = sys.argv[-1]
    runs = Path(os.environ["LAMPLIGHTER_SSH_RUNS"])
    with (runs / "log").open("a") as log:
        log.write(command + "\n")
    mark = runs / f"{os.getpid()}.run"
    mark.write_text(command)
    try:
        if command == "docker system dial-stdio":
            serve(socket.socket(fileno=0))
    finally:
        mark.unlink()


if __name__ == "__main__":
    main()
