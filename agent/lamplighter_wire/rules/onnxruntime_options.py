"""How an onnxruntime session is opened wherever a variant is built, measured or served.

A figure holds for the device only when it was measured under the options the device serves with.
Plain data and attribute access: importing this module does not import onnxruntime.
"""

from collections.abc import Mapping
from typing import Protocol

# To be set before onnxruntime is imported.
ENVIRONMENT = {"ORT_DISABLE_TELEMETRY": "1"}
PROVIDERS = ("CPUExecutionProvider",)
INTER_OP_THREADS = 1
LOG_SEVERITY_ERROR = 3
# Cores are shared with other processes: a spinning thread takes what it does not use.
CONFIG_ENTRIES = {
    "session.intra_op.allow_spinning": "0",
    "session.inter_op.allow_spinning": "0",
}


class SessionOptions(Protocol):
    """The part of `onnxruntime.SessionOptions` that is set here."""

    intra_op_num_threads: int
    inter_op_num_threads: int
    log_severity_level: int

    def add_session_config_entry(self, key: str, value: str, /) -> None:
        """Set one configuration entry by name."""


def set_options(
    options: SessionOptions, threads: int = 1, extra_entries: Mapping[str, str] | None = None
) -> None:
    """Set what every session of ours has; `extra_entries` are added and may override."""
    options.intra_op_num_threads = max(threads, 1)
    options.inter_op_num_threads = INTER_OP_THREADS
    options.log_severity_level = LOG_SEVERITY_ERROR
    for key, value in {**CONFIG_ENTRIES, **(extra_entries or {})}.items():
        options.add_session_config_entry(key, value)
