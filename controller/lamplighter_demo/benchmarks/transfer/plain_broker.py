"""A mosquitto with the limits of a controller's, without certificates."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lamplighter_controller.link.mosquitto import free_port
from lamplighter_controller.link.mosquitto_configuration import (
    MAX_INFLIGHT_MESSAGES,
    MAX_PACKET_BYTES,
    MAX_QUEUED_BYTES,
    MAX_QUEUED_MESSAGES,
    memory_limit_bytes,
)
from lamplighter_controller.link.mosquitto_process import end_mosquitto, start_mosquitto


@contextmanager
def plain_broker(folder: Path) -> Iterator[int]:
    """Runs meanwhile; gives its port."""
    folder.mkdir(parents=True, exist_ok=True)
    port, file = free_port(), folder / "mosquitto.conf"
    file.write_text(
        "\n".join(
            (
                f"listener {port} 127.0.0.1",
                "user root",
                "allow_anonymous true",
                f"max_inflight_messages {MAX_INFLIGHT_MESSAGES}",
                f"max_queued_messages {MAX_QUEUED_MESSAGES}",
                f"max_queued_bytes {MAX_QUEUED_BYTES}",
                f"max_packet_size {MAX_PACKET_BYTES}",
                f"memory_limit {memory_limit_bytes()}",
                "set_tcp_nodelay true",
                "log_type error",
                "",
            )
        )
    )
    process = start_mosquitto(file, folder / "mosquitto.log", outlives=False)
    try:
        yield port
    finally:
        end_mosquitto(process)
