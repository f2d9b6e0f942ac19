"""Decoders of this machine's graphics, where it has some and PyAV was built with them."""

import logging
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# What each way of FFmpeg's needs, below /dev.
DEVICES = {
    "cuda": "nvidia0",
    "vaapi": "dri/renderD*",
    "qsv": "dri/renderD*",
    "drm": "dri/renderD*",
    "v4l2m2m": "video1?",
}
DEV = Path("/dev")


def decoder_of_machine() -> Any:
    """What `av.open` takes as `hwaccel`, which falls back to software; None: there is none."""
    from av.codec.hwaccel import HWAccel, hwdevices_available

    built = hwdevices_available()
    here = (kind for kind, file in DEVICES.items() if kind in built and any(DEV.glob(file)))
    kind = next(here, None)
    if kind is None:
        log.info("no decoder in hardware is known here; cameras are decoded in software")
        return None
    return HWAccel(device_type=kind, allow_software_fallback=True)
