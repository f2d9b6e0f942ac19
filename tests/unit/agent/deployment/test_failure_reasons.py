"""From errors to reason codes."""

import errno

import pytest
from lamplighter_agent.deployment.failure_reasons import reason_of
from lamplighter_agent.errors import (
    CandidateDiedError,
    CandidateTimeoutError,
    DiskFullError,
    EngineError,
    FetchError,
    SourceError,
)
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.errors import BlobError, SignatureError


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FetchError("TIMEOUT", ""), ReasonCode.TIMEOUT),
        (MemoryError(), ReasonCode.OOM),
        (EngineError("cannot load m: std::bad_alloc"), ReasonCode.OOM),
        (EngineError("unknown operator"), ReasonCode.INCOMPATIBLE),
        (CandidateTimeoutError("no answer"), ReasonCode.TIMEOUT),
        (CandidateDiedError("signal 11"), ReasonCode.DIED),
        (DiskFullError("no room"), ReasonCode.DISK_FULL),
        (OSError(errno.ENOSPC, "No space left on device"), ReasonCode.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), ReasonCode.DISK_FULL),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), ReasonCode.OOM),
        (OSError(errno.EIO, "Input/output error"), ReasonCode.STORAGE),
        (PermissionError(errno.EACCES, "Permission denied"), ReasonCode.STORAGE),
        (SignatureError("unknown key"), ReasonCode.SIGNATURE),
        (BlobError("damaged"), ReasonCode.HASH),
        (SourceError("not a picture"), ReasonCode.INCOMPATIBLE),
    ],
)
def test_every_error_has_a_stable_reason(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
