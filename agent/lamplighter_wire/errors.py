"""What can go wrong on the wire, and what the operating system refuses, in words.

WireError
├── CodecError          the bytes are not a valid message (malformed, oversized, wrong type)
├── TopicError          the topic is not one of ours
├── SignatureError      a signature is missing, wrong, or made with an unknown key
├── AddressError        a signed document is meant for another device
├── ExpiredError        a signed document is past its expiry
├── BlobError           bytes do not match their hash or their declared size
├── GraphError          a network is none that may run
├── SettingsError       a setting is unknown, malformed or missing
├── TaskError           the task is not installed here
├── TrustError          whoever answers at an address cannot be believed
└── TransportError      the road is broken: not connected, timed out
    └── RefusedError    the broker does not permit it
"""

import errno
from pathlib import Path

# Against what the operating system refuses.
REMEDIES = {
    errno.ENOENT: "check the path",
    errno.EACCES: "check its owner and rights, or name another place",
    errno.EPERM: "check its owner and rights, or name another place",
    errno.EEXIST: "move it away, or name another place",
    errno.ENOTDIR: "name a folder",
    errno.EISDIR: "name a file",
    errno.ENOSPC: "free disk space, then try again",
    errno.EDQUOT: "free disk space or raise the quota, then try again",
    errno.EROFS: "name a place that can be written",
    errno.EMFILE: "raise the limit on open files: ulimit -n",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ELOOP: "check where its links lead",
    errno.EADDRINUSE: "choose another port, or end what listens there",
    errno.EIO: "check the disk, and the log of the kernel",
}
WORDS = {
    errno.ENOENT: "does not exist",
    errno.EACCES: "may not be read or written",
    errno.EPERM: "may not be changed",
    errno.EEXIST: "is there already",
    errno.ENOTDIR: "is not a folder, or lies below a file",
    errno.EISDIR: "is a folder",
    errno.EROFS: "is on a disk that cannot be written",
}


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


class GraphError(WireError):
    """A network is none that may run, or its file is damaged; the text says why."""


class SettingsError(WireError):
    """A setting is unknown, malformed or missing."""


class TaskError(WireError):
    """The task is not installed here."""


class TrustError(WireError):
    """Whoever answers at an address cannot be believed, or nothing says whom to believe."""


class TransportError(WireError):
    """The road to the broker is broken or closed."""


class RefusedError(TransportError):
    """The broker does not permit it; trying again would not help."""


def os_error_text(error: OSError, place: Path | str = "") -> str:
    """What is wrong with the file it names (else with `place`), and what to do about it."""
    named = _text(error.filename2 or error.filename) or str(place)
    number = error.errno or 0
    words = WORDS.get(number) or (error.strerror or str(error) or type(error).__name__).lower()
    subject = f"{named} {words}" if number in WORDS else ": ".join(filter(None, (named, words)))
    remedy = REMEDIES.get(number)
    return f"{subject}; {remedy}" if remedy else subject


def _text(name: object) -> str:
    """A file's name; numbers of open files name nothing."""
    if isinstance(name, bytes):
        return name.decode(errors="replace")
    return str(name) if isinstance(name, str | Path) else ""
