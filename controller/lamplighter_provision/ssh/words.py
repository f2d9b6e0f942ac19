"""What ssh says, and what to do about it. Pure."""

from collections.abc import Mapping

# The first that fits counts.
REMEDIES = {
    "REMOTE HOST IDENTIFICATION HAS CHANGED": "its host key is not the one that is known; if it was"
    " set up anew, remove the old key: ssh-keygen -R HOST",
    "Host key verification failed": "its host key is not known; compare it with the machine's own,"
    " then connect once by hand: ssh HOST",
    "Permission denied": "no key of yours is let in; add one to its authorized_keys",
    "Could not resolve hostname": "there is no such host; check the name",
    "Connection refused": "nothing listens for ssh there; check host and port",
    "timed out": "it does not answer; check the address and the network",
}


def ssh_trouble(text: str, others: Mapping[str, str] | None = None) -> str:
    """What hindered, from what ssh wrote; `others`: words and remedies of the command there."""
    for words, remedy in (REMEDIES | dict(others or {})).items():
        if words in text:
            return remedy
    lines = text.strip().splitlines()
    return f"ssh: {lines[-1] if lines else 'failed without a word'}"
