"""How the settings want a camera to be opened."""

from lamplighter_agent.camera.live.options import CameraOptions
from lamplighter_agent.settings import AgentSettings


def camera_options(settings: AgentSettings, stream: str) -> CameraOptions:
    """What they say of a stream's camera."""
    return CameraOptions(
        most_fps=settings.fps,
        sub_address=settings.sub_streams.get(stream, ""),
        rtsp_transport=settings.rtsp_transport,
        credentials=settings.camera_credentials,
        hardware=settings.hardware_decoding,
    )
