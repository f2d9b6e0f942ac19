"""What mosquitto is configured with: mutual TLS, access rules, limits for many devices.

The name in a client's certificate is its user name and its client id, so a device can neither
speak as another nor take its session. The controller's name is no valid device id.
"""

import os
import pwd
from pathlib import Path

import psutil

from lamplighter_controller.link.mosquitto_process import permitted_files
from lamplighter_controller.pki.names import ServerFiles

# The defaults (20 in flight, 1000 queued) drop silently when many devices speak at once.
MAX_INFLIGHT_MESSAGES = 1000
# What waits for a controller that is away or late, and five retained messages of each device when
# it is back; the bytes are the bound, so small messages do not meet the other one first.
MAX_QUEUED_MESSAGES = 400_000
MAX_QUEUED_BYTES = 256 * 1024 * 1024
# A message or a blob is at most 256 KiB; this leaves room for topic and properties. So much, once
# for each of its channels, is all that a device can leave behind as retained.
MAX_PACKET_BYTES = 320 * 1024
SESSION_EXPIRY = "14d"
# Who says nothing for one and a half times this long is gone.
MOST_KEEPALIVE_S = 120
# Files that connections leave to the broker itself: its log, its state on disk, its certificates.
# Without any it could neither save nor read its rules.
RESERVED_FILES = 64
# How often it says what it holds.
SAYS_S = 1
# What the broker may forget in a crash; devices and controller say state again at reconnect.
SAVE_INTERVAL_S = 15

# Half of the machine's: rather turn a message away than be ended by the system in the middle.
MEMORY_SHARE = 0.5
ACL_FILE, REVOKED_FILE = "acl", "revoked.crl"


def configuration(
    directory: Path,
    files: ServerFiles,
    bind: str,
    port: int,
    *,
    user: str = "",
    log: str = "stderr",
    memory_limit: int = 0,
) -> str:
    """Text of mosquitto.conf, for 2.0 and 2.1.

    Args:
        directory: where access rules and data lie.
        user: whom a broker started as root becomes; empty: ourselves.
        log: where it logs to, as mosquitto names it.
        memory_limit: bytes that it may take; 0: half of this machine's.
    """
    lines = [
        f"user {user or pwd.getpwuid(os.geteuid()).pw_name}",
        "allow_anonymous false",
        f"acl_file {directory / ACL_FILE}",
        f"max_inflight_messages {MAX_INFLIGHT_MESSAGES}",
        f"max_queued_messages {MAX_QUEUED_MESSAGES}",
        f"max_queued_bytes {MAX_QUEUED_BYTES}",
        f"max_packet_size {MAX_PACKET_BYTES}",
        f"max_keepalive {MOST_KEEPALIVE_S}",
        f"memory_limit {memory_limit or memory_limit_bytes()}",
        f"persistent_client_expiration {SESSION_EXPIRY}",
        "set_tcp_nodelay true",
        f"sys_interval {SAYS_S}",
        f"log_dest {log}",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "connection_messages false",
        "persistence true",
        f"persistence_location {directory / 'data'}/",
        f"autosave_interval {SAVE_INTERVAL_S}",
        f"listener {port} {bind}".rstrip(),
        f"max_connections {permitted_files() - RESERVED_FILES}",
        f"cafile {files.ca}",
        f"certfile {files.cert}",
        f"keyfile {files.key}",
        f"crlfile {directory / REVOKED_FILE}",
        "require_certificate true",
        "use_identity_as_username true",
        "use_username_as_clientid true",
        "tls_version tlsv1.2",
    ]
    return "\n".join(lines) + "\n"


def memory_limit_bytes() -> int:
    """What a broker of this machine may take: a share of its memory, in whole MiB."""
    return int(MEMORY_SHARE * psutil.virtual_memory().total) // 2**20 * 2**20
