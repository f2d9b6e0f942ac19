"""Texts of others within our markup: shown as they are, whatever signs are in them.

Rich's own `escape` lets some of them through, and Textual reads brackets otherwise than Rich.
"""

from lamplighter_client.printable import one_line
from rich.text import Text

# Signs that mean something in markup, and what stands for them in it: characters of private use,
# none of which is printable, so no text of others has one.
STAND_INS = {"[": "\ue000", "]": "\ue001", "\\": "\ue002"}
_HIDE = str.maketrans(STAND_INS)
_SHOW = str.maketrans({stand_in: sign for sign, stand_in in STAND_INS.items()})


def said(text: str) -> str:
    """As part of markup: on one line, and none of it means anything."""
    return one_line(text).translate(_HIDE)


def shown(markup: str) -> Text:
    """What Rich and Textual show of markup."""
    text = Text.from_markup(markup, emoji=False)
    text.plain = text.plain.translate(_SHOW)
    return text
