"""From errors to the stable reason codes of a deployment."""

import errno

from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import BlobError, CodecError, GraphError, SignatureError, WireError

from lamplighter_agent.deployment.state_machine import Failed
from lamplighter_agent.errors import (
    AgentError,
    CandidateDiedError,
    CandidateTimeoutError,
    DiskFullError,
    EngineError,
    FetchError,
)

# Looked up in order. What is not here does not fit this device.
_CODES: tuple[tuple[type[BaseException], str], ...] = (
    (DiskFullError, ReasonCode.DISK_FULL),
    (CandidateTimeoutError, ReasonCode.TIMEOUT),
    (CandidateDiedError, ReasonCode.DIED),
    (SignatureError, ReasonCode.SIGNATURE),
    (CodecError, ReasonCode.SIGNATURE),
    (BlobError, ReasonCode.HASH),
    (GraphError, ReasonCode.HARMFUL),
    (MemoryError, ReasonCode.OOM),
    (OSError, ReasonCode.STORAGE),
)
_BY_ERRNO = {
    errno.ENOSPC: ReasonCode.DISK_FULL,
    errno.EDQUOT: ReasonCode.DISK_FULL,
    errno.ENOMEM: ReasonCode.OOM,
}
# How onnxruntime and the C++ library say that there is no memory.
_OUT_OF_MEMORY = ("bad_alloc", "failed to allocate", "out of memory", "allocate memory")


def reason_of(error: BaseException) -> str:
    """The reason code of what may go wrong on the device."""
    if isinstance(error, FetchError):
        return error.reason
    if isinstance(error, EngineError) and any(t in str(error).lower() for t in _OUT_OF_MEMORY):
        return ReasonCode.OOM
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    known = (code for kind, code in _CODES if isinstance(error, kind))
    return next(known, ReasonCode.INCOMPATIBLE)


def failure(error: BaseException) -> Failed:
    """The event for the machine."""
    return Failed(reason_of(error), str(error) or type(error).__name__)


# All that loading and running what a controller sent may raise.
FAULTS = (AgentError, WireError, OSError, MemoryError, ValueError, ArithmeticError)
