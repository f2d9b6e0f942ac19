"""How a camera was held, from the EXIF block of a JPEG, and the picture as it was seen.

Decoders differ in what they make of it: older ones leave it out, newer ones turn mirrored pictures
the wrong way. Training reads the same pictures with OpenCV, which obeys all eight values.
"""

import struct

import numpy as np
from numpy.typing import NDArray

AS_STORED = 1
TAG, SHORT = 0x0112, 3
START, BLOCK, SCAN = b"\xff\xd8", b"\xff\xe1", b"\xff\xda"
EXIF = b"Exif\0\0"
ORDERS = {b"II": "<", b"MM": ">"}
# Of each value: whether it is mirrored left to right, and then turned anticlockwise by quarters.
TURNS = {
    1: (False, 0),
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 1),
    6: (False, 3),
    7: (True, 3),
    8: (False, 1),
}


def orientation_of(picture: bytes) -> int:
    """1 to 8, as EXIF numbers them; 1 where nothing, or nothing sensible, is said."""
    try:
        block = _exif_block(picture)
        value = _orientation(block) if block else AS_STORED
    except (struct.error, KeyError):  # cut off, or not what it says it is
        return AS_STORED
    return value if value in TURNS else AS_STORED


def upright(stored: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """[H, W, 3] as it was seen, of what was stored."""
    is_mirrored, quarters = TURNS[orientation]
    seen = stored[:, ::-1] if is_mirrored else stored
    return np.ascontiguousarray(np.rot90(seen, quarters))


def _exif_block(picture: bytes) -> bytes:
    """The TIFF file inside a JPEG that holds its EXIF; empty where there is none."""
    if not picture.startswith(START):
        return b""
    at = len(START)
    while picture[at : at + 1] == b"\xff" and picture[at : at + 2] != SCAN:
        (length,) = struct.unpack_from(">H", picture, at + 2)
        content = picture[at + 4 : at + 2 + length]
        if picture[at : at + 2] == BLOCK and content.startswith(EXIF):
            return content[len(EXIF) :]
        at += 2 + length
    return b""


def _orientation(block: bytes) -> int:
    """The value in the first folder of a TIFF file."""
    order = ORDERS[block[:2]]
    (folder,) = struct.unpack_from(f"{order}I", block, 4)
    (entries,) = struct.unpack_from(f"{order}H", block, folder)
    for entry in range(entries):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, folder + 2 + 12 * entry)
        if (tag, kind) == (TAG, SHORT):
            return int(value)
    return AS_STORED
