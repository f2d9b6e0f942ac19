"""Which packets of a stream need not be decoded, by how many pictures are wanted.

Decoding is what a camera costs: 1080p at 25 frames a second takes a tenth of a core, several times
what a small network takes at five. A codec whose pictures all stand alone (MJPEG) needs to decode
those only that somebody asked for. Others build pictures upon one another: what no other picture
is built upon can be left out, and where few are wanted all but the key pictures.
"""

from enum import StrEnum

# Of three pictures two stand on others, as encoders lay them mostly (I B B P).
SHARE_REFERRED = 1 / 3


class Skipped(StrEnum):
    """What a decoder leaves out, as FFmpeg names it (`skip_frame`)."""

    NOTHING = "DEFAULT"
    UNREFERRED = "NONREF"
    BETWEEN_KEYS = "NONKEY"


def skipped(wanted_fps: float, camera_fps: float, key_fps: float) -> Skipped:
    """What may be left out so that as many pictures are left as are wanted.

    Args:
        wanted_fps: pictures that are asked for, a second; 0: not known.
        camera_fps: those that come.
        key_fps: those of them that stand alone.
    """
    if wanted_fps <= 0 or camera_fps <= 0:
        return Skipped.NOTHING
    if wanted_fps <= key_fps:
        return Skipped.BETWEEN_KEYS
    if wanted_fps <= camera_fps * SHARE_REFERRED:
        return Skipped.UNREFERRED
    return Skipped.NOTHING
