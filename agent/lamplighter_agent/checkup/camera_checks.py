"""Whether each camera gives pictures, and of what kind."""

import time
from collections.abc import Callable, Iterable

from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.command_line.shown_addresses import shown_address
from lamplighter_wire.machine.checkup import Finding, failed, ok

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.live.options import CameraOptions
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
