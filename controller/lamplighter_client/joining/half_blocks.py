"""QR codes of half blocks, for terminals."""

from lamplighter_wire.joining.links import EnrolLink

FRAME = 4  # light dots around it, as scanners want
SIGNS = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
"""Of the upper and the lower dot, whether they are dark: light ones are drawn."""


def link_picture(link: EnrolLink) -> str:
    """Two dots a character; to be shown light on dark."""
    import segno

    rows = [list(row) for row in segno.make_qr(str(link)).matrix_iter(border=FRAME)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(SIGNS[int(a > 0), int(b > 0)] for a, b in zip(*pair, strict=True)) for pair in pairs
    )
