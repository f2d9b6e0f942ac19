"""What a sentence for people may not hold: an id with a digest, a name of the code, a code."""

import re

FORBIDDEN = (
    re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{6,}\b"),
    re.compile(r"\b[A-Za-z0-9]+_[A-Za-z0-9_]+\b"),
    re.compile(r"\b(?!UTC\b)[A-Z][A-Z]{2,}\b"),
    re.compile(r"@[0-9]+x[0-9]+"),
)


def strange_words(text: str) -> list[str]:
    """All of it that somebody cannot know who has read no code."""
    return [match.group() for one in FORBIDDEN for match in one.finditer(text)]
