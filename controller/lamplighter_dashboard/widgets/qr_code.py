"""A text as a QR code of half blocks: two rows of it in each line."""

QUIET = 2  # modules around it; a camera needs some
BLOCKS = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
"""Of the upper and the lower module, whether they are dark: light ones are drawn."""


def qr_lines(text: str) -> list[str]:
    """Light on dark, as a dark terminal shows it; nothing without its library."""
    try:
        import segno
    except ModuleNotFoundError:
        return []
    matrix = [[bool(module) for module in row] for row in segno.make(text, error="l").matrix]
    width = len(matrix[0]) + 2 * QUIET
    light = [[False] * width for _ in range(QUIET)]
    framed = [*light, *([False] * QUIET + row + [False] * QUIET for row in matrix), *light]
    if len(framed) % 2:
        framed.append([False] * width)
    return [
        "".join(BLOCKS[upper, lower] for upper, lower in zip(first, second, strict=True))
        for first, second in zip(framed[::2], framed[1::2], strict=True)
    ]
