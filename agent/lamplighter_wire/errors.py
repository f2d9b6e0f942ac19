"""What can go wrong on the wire.

WireError
├── CodecError          the bytes are not a valid message (malformed, oversized, wrong type)
├── TopicError          the topic is not one of ours
├── SignatureError      a signature is missing, wrong, or made with an unknown key
├── AddressError        a signed document is meant for another device
├── ExpiredError        a signed document is past its expiry
├── BlobError           bytes do not match their hash or their declared size
├── SettingsError       a setting is unknown, malformed or missing
├── TaskError           the task is not installed here
└── TransportError      the road is broken: not connected, timed out
    └── RefusedError    the broker does not permit it
"""


class WireError(Exception):
    """Base of all errors of this package."""


class CodecError(WireError):
    """The bytes are not a valid message."""


class TopicError(WireError):
    """The topic is not one of ours."""


class SignatureError(WireError):
    """A signature is missing, wrong, or made with an unknown key."""


class AddressError(WireError):
    """A signed document is meant for another device."""


class ExpiredError(WireError):
    """A signed document is past its expiry."""


class BlobError(WireError):
    """Bytes do not match their hash or their declared size."""


class SettingsError(WireError):
    """A setting is unknown, malformed or missing."""


class TaskError(WireError):
    """The task is not installed here."""


class TransportError(WireError):
    """The road to the broker is broken or closed."""


class RefusedError(TransportError):
    """The broker does not permit it; trying again would not help."""
