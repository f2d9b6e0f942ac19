"""What a screen shows as text, without what differs from one run to the next."""

import re

MASKS = (
    (re.compile(r"127\.0\.0\.1:\d+"), "CONTROLLER"),
    (re.compile(r"\d\d:\d\d:\d\d"), "HH:MM:SS"),
    (re.compile(r"answers in \d+ ms"), "answers in N ms"),
    (re.compile(r"again (in \d+ s|now)\b"), "again in N s"),
    (re.compile(r"\b\d+ (s|min)\b|\bnow\b"), "AGE"),
    (re.compile(r"\b([0-9A-Z]{4}-){3}[0-9A-Z]{4}\b"), "FINGERPRINT"),
    (re.compile(r"[▁▂▃▄▅▆▇█]{2} ?│"), "│"),
    (re.compile(r" {2,}"), "  "),
)
"""Blanks count only as one or more: what stands between them differs in length."""


def masked(text: str) -> str:
    """Lines without their ends of blanks."""
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
