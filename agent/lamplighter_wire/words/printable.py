"""Text of others as it may be shown: no line of it forges another, or speaks to the terminal."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
KEPT = "\n\t"


def printable(text: str) -> str:
    """With a sign in the place of each character that is not printed: control characters, marks
    that turn the direction of writing, what has no width. Ends of lines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in KEPT else REPLACEMENT for c in text)


def one_line(text: str) -> str:
    """The same on one line: whatever separates lines and words is a space."""
    return text if text.isprintable() else printable(" ".join(text.split()))
