"""Whether each camera gives pictures, and of what kind."""

import time
from collections.abc import Callable, Iterable

from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.command_line.shown_addresses import conceal_addresses, shown_address
from lamplighter_wire.machine.checkup import Finding, failed, ok

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.camera.onvif.profiles import PREFIX as ONVIF
from lamplighter_agent.camera.onvif.profiles import find_streams
from lamplighter_agent.camera.recorded import open_source
from lamplighter_agent.device.camera_options import camera_options
from lamplighter_agent.errors import SourceError
from lamplighter_agent.settings import AgentSettings

# A camera that sleeps, or a stream that begins with its next key frame, takes seconds.
PATIENCE_S = 15.0
Open = Callable[[str, Clock, CameraOptions], FrameSource]


def check_cameras(
    settings: AgentSettings, open_camera: Open = open_source, patience_s: float = PATIENCE_S
) -> Iterable[Finding]:
    """A picture of each that the settings name."""
    for name, address in settings.streams.items():
        options = camera_options(settings, name)
        if address.startswith(ONVIF):
            yield _profiles(name, address, options)
        yield _check(name, address, options, open_camera, patience_s)
        if options.sub_address:
            smaller = options.of_sub_stream()
            yield _check(
                f"{name} (smaller)".strip(), options.sub_address, smaller, open_camera, patience_s
            )


def _check(
    name: str, address: str, options: CameraOptions, open_camera: Open, patience_s: float
) -> Finding:
    place = " ".join(filter(None, (name, shown_address(address))))
    try:
        camera = open_camera(address, SystemClock(), options)
    except SourceError as error:
        return failed("camera", place or "setting source", *_parts(str(error)))
    try:
        frame = _first(camera, patience_s)
        if frame is None:
            reason = camera.reason or "no picture came; check whether it is on"
            return failed("camera", place, *_parts(reason))
        rate = f", {camera.fps:.3g} frames/s" if camera.fps else ""
        return ok("camera", place, f"{frame.width}x{frame.height}{rate}, {frame.bits} bits")
    finally:
        camera.close()


def _profiles(name: str, address: str, options: CameraOptions) -> Finding:
    """What a camera says that it has, and what of it is taken."""
    place = " ".join(filter(None, (name, shown_address(address))))
    try:
        found = find_streams(address, options)
    except SourceError as error:
        return failed("onvif", place, *_parts(conceal_addresses(str(error))))
    return ok("onvif", place, "; ".join(f"takes {one}" for one in found.taken))


def _first(camera: FrameSource, patience_s: float) -> Frame | None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        frame = camera.read()
        if frame is not None:
            return frame
    return None


def _parts(text: str) -> tuple[str, str]:
    """What is wrong, and what to do, of a sentence that says both."""
    found, _, mend = text.partition("; ")
    return found, mend or "name another with --source, or in the settings"
