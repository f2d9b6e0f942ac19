"""Bounds of texts and numbers in requests, and what each asks for in words."""

from typing import Annotated

from lamplighter_wire.policy.picture_limits import (
    LEAST_INTERVAL_S,
    LONGEST_INTERVAL_S,
    MOST_PICTURES,
)
from msgspec import Meta

# Python's `$` also matches before a last line feed.
END = r"$(?!\n)"
DEVICE_ID_PATTERN = r"^[a-z0-9-]{1,40}" + END
DEVICE_PATTERN_PATTERN = r"^[a-z0-9*?-]{1,40}" + END
NAMED_OR_NOT_PATTERN = r"^[a-z0-9-]{0,40}" + END
# A filter must be able to name it.
LABEL_KEY_PATTERN = r'^[^\s,=!<>|*"\x00-\x1f\x7f]{1,80}' + END
PRINTABLE_PATTERN = r"^[^\x00-\x1f\x7f]*" + END

TOKEN_SCOPE_PATTERN = r"^(|site:[^\x00-\x1f\x7f]{1,80}|group:[a-z0-9-]{1,40})" + END

MAX_DEVICES_NAMED = 500
MAX_TEXT_CHARS = 80
MAX_LABELS = 32
MAX_FOLDER_CHARS = 1000
MAX_STEPS = 20_000
MAX_SCOPE_CHARS = 200
MAX_QUERY_CHARS = 1000
MAX_OVERRIDE_S = 366 * 86400.0
MAX_FAILURE_CHARS = 1000
MAX_POLICY_VALUES = 100
MAX_POLICY_VALUE = 1e15  # each threshold has bounds of its own
MAX_TOKEN_LIFE_S = 30 * 86400.0
MAX_API_TOKEN_LIFE_S = 3650 * 86400.0
# What an objective may ask for: a minute per frame, ten kilowatts, a pebibyte.
MAX_LATENCY_MS = 60_000.0
MAX_POWER_W = 10_000.0
MAX_MEMORY_BYTES = 2.0**50

REMEDIES = {
    TOKEN_SCOPE_PATTERN: "write site:NAME or group:NAME, or leave it out",
    NAMED_OR_NOT_PATTERN: "use up to 40 of a-z, 0-9 and '-'",
    DEVICE_PATTERN_PATTERN: "use 1 to 40 of a-z, 0-9 and '-', or * and ? for ids that it shall fit",
    DEVICE_ID_PATTERN: "use 1 to 40 of a-z, 0-9 and '-'",
    LABEL_KEY_PATTERN: 'use 1 to 80 characters without blanks and , = ! < > | * "',
    PRINTABLE_PATTERN: "leave out control characters",
}
"""Pattern -> what to write instead."""
EMPTY = "of length >= 1"

TokenScope = Annotated[str, Meta(pattern=TOKEN_SCOPE_PATTERN, max_length=MAX_SCOPE_CHARS)]
DeviceId = Annotated[str, Meta(pattern=DEVICE_ID_PATTERN)]
DeviceIds = Annotated[list[DeviceId], Meta(min_length=1, max_length=MAX_DEVICES_NAMED)]
DeviceOrNone = Annotated[str, Meta(pattern=NAMED_OR_NOT_PATTERN)]
LabelKey = Annotated[str, Meta(pattern=LABEL_KEY_PATTERN, max_length=MAX_TEXT_CHARS)]
Text = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, max_length=MAX_TEXT_CHARS)]
Name = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, min_length=1, max_length=MAX_TEXT_CHARS)]
Labels = Annotated[dict[LabelKey, Text], Meta(max_length=MAX_LABELS)]
QueryText = Annotated[
    str, Meta(pattern=PRINTABLE_PATTERN, min_length=1, max_length=MAX_QUERY_CHARS)
]
GroupName = DeviceId
Target = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, max_length=MAX_SCOPE_CHARS)]
Reason = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, min_length=1, max_length=MAX_SCOPE_CHARS)]
Failure = Annotated[
    str, Meta(pattern=PRINTABLE_PATTERN, min_length=1, max_length=MAX_FAILURE_CHARS)
]
RevisionNumber = Annotated[int, Meta(ge=0, le=2**53)]
OverrideSeconds = Annotated[float, Meta(gt=0, le=MAX_OVERRIDE_S)]
Scope = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, max_length=MAX_SCOPE_CHARS)]
PolicyValue = Annotated[float, Meta(ge=0, le=MAX_POLICY_VALUE)]
PolicyValues = Annotated[
    dict[Name, PolicyValue | Name | None], Meta(min_length=1, max_length=MAX_POLICY_VALUES)
]
FolderText = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, max_length=MAX_FOLDER_CHARS)]
ReaderName = DeviceId
WebhookUrl = Annotated[
    str, Meta(pattern=PRINTABLE_PATTERN, min_length=1, max_length=MAX_FOLDER_CHARS)
]
Steps = Annotated[int, Meta(ge=1, le=MAX_STEPS)]
MovedShare = Annotated[float, Meta(gt=0.0, le=1.0)]
# From fewer no site's parent is made.
PictureCount = Annotated[int, Meta(ge=24, le=MOST_PICTURES)]
PictureInterval = Annotated[float, Meta(ge=LEAST_INTERVAL_S, le=LONGEST_INTERVAL_S)]
LifeSeconds = Annotated[float, Meta(gt=0, le=MAX_TOKEN_LIFE_S)]
ApiTokenLifeSeconds = Annotated[float, Meta(gt=0, le=MAX_API_TOKEN_LIFE_S)]
LatencyLimit = Annotated[float, Meta(ge=0, le=MAX_LATENCY_MS)]
PowerLimit = Annotated[float, Meta(ge=0, le=MAX_POWER_W)]
MemoryLimit = Annotated[float, Meta(ge=0, le=MAX_MEMORY_BYTES)]


def remedy(message: str) -> str:
    """What a decoder says about a text that does not match its pattern, in words."""
    for pattern, words in REMEDIES.items():
        start = pattern.removesuffix(END)
        if start in message or repr(start)[1:-1] in message:
            return words
    return "it is empty; write something" if EMPTY in message else message
