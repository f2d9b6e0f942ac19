"""Decoders of this machine's graphics, where it has some and PyAV was built with them."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# What each way of FFmpeg's needs, below /dev.
DEVICES = {
    "cuda": "nvidia0",
    "vaapi": "dri/renderD*",
    "qsv": "dri/renderD*",
    "drm": "dri/renderD*",
}
DEV = Path("/dev")


@cache
def decoder_of_machine() -> Any:
    """What `av.open` takes as `hwaccel`, the first that really opens; None: there is none."""
    from av.codec.hwaccel import hwdevices_available

    built = hwdevices_available()
    kinds = [kind for kind, file in DEVICES.items() if kind in built and any(DEV.glob(file))]
    found = next(filter(None, map(_opened, kinds)), None)
    if found is None:
        log.info("no decoder in hardware works here; cameras are decoded in software")
    return found


def _opened(kind: str) -> Any:
    """A way that a driver is there for, and that this user may use; None: it is not so."""
    import av
    from av.codec.hwaccel import HWAccel

    way = HWAccel(device_type=kind, allow_software_fallback=True)
    try:
        way.create(av.Codec("h264", "r"))
    except (av.FFmpegError, NotImplementedError, OSError) as error:
        log.warning("%s cannot decode here: %s", kind, error)
        return None
    return way
