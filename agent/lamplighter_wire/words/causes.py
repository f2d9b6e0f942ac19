"""Why something is decided anew, in words: causes are short, as plans keep them. Pure."""

from collections.abc import Callable

from lamplighter_wire.words.names import key_words, plain, variant_words
from lamplighter_wire.words.reasons import reason_words

SHIFT, FAILED = "shift", " failed"
WORDS = {
    "birth": "it has come online",
    "probe": "it has measured its speed",
    "capabilities": "it has changed what it can do",
    "breach": "it breaks a limit",
    "shift": "its street has changed",
    "new objective": "its limits were changed",
    "new limits": "its limits were changed",
    "new policy": "the policy was changed",
    "new site": "it is at another site",
    "other overrides": "an operator has changed what it may serve",
    "parent of the site": "its site has a model of its own",
    "controller start": "the controller has started",
    "operator": "an operator asked for it",
    "restored": "it was retired, and is back",
}


def cause_words(cause: str) -> str:
    """A cause as the end of a sentence about a device."""
    cause, between, rest = cause.partition("; ")
    return plain(_words(cause)) + between + rest


def _words(cause: str) -> str:
    if cause.startswith(SHIFT) and " to " in cause:
        before, _, after = cause.partition(" to ")
        return f"its street was {before.rpartition(' ')[2]} and is {after}"
    word, _, stream = cause.partition(" of ")
    if word in WORDS:
        return f"{WORDS[word]} (camera {stream})" if stream else WORDS[word]
    for prefix, said in PREFIXES.items():
        if cause.startswith(prefix):
            return said(cause.removeprefix(prefix))
    return cause


def _refused(rest: str) -> str:
    key, _, reason = rest.partition(": ")
    return f"it has refused {key_words(key)}, as {reason_words(reason)}"


PREFIXES: dict[str, Callable[[str], str]] = {
    "refused ": _refused,
    "override ": lambda _: "an operator has set by hand what it may serve",
    "rollout ": lambda name: f"rollout {name} brings it",
    "leaving rollout ": lambda name: f"it leaves rollout {name}",
    "built ": lambda variant: f"{variant_words(variant)} has been built",
    "build of ": lambda rest: f"{variant_words(rest.removesuffix(FAILED))} could not be built",
}
