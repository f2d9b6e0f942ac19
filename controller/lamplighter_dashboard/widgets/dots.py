"""Pictures of half blocks: a cell's upper dot is its sign's colour, the lower one its ground."""

from rich.color import Color
from rich.style import Style
from rich.text import Text

from lamplighter_dashboard.model.still_picture import Colour, StillPicture

UPPER = "▀"
NAMED = Style.parse("bold #ffffff on #000000")


def dots_text(picture: StillPicture) -> Text:
    """A row of cells for two rows of dots, with names over them."""
    rows = [
        [(UPPER, _style(top, bottom)) for top, bottom in zip(upper, lower, strict=True)]
        for upper, lower in zip(picture.dots[::2], picture.dots[1::2], strict=True)
    ]
    for label in picture.labels:
        for at, letter in enumerate(label.text):
            rows[label.row][label.column + at] = (letter, NAMED)
    text = Text(no_wrap=True, overflow="crop")
    for row in rows:
        for sign, style in row:
            text.append(sign, style)
        text.append("\n")
    text.rstrip()
    return text


def _style(top: Colour, bottom: Colour) -> Style:
    return Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom))
