"""A real RTSP server over clips, by GStreamer: run by the system's Python, which has its bindings.

Usage: rtsp_server.py PORT NAME:PASSWORD|- PATH=CLIP...
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main() -> None:
    """Serves until it is killed; says `ready` once it listens."""
    port, user, *clips = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    if user != "-":
        server.set_auth(_auth(*user.split(":")))
    for clip in clips:
        path, _, file = clip.partition("=")
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( filesrc location={file} ! qtdemux ! rtph264pay name=pay0 pt=96 )")
        if user != "-":
            _permit(factory)
        server.get_mount_points().add_factory(path, factory)
    if not server.attach(None):
        sys.exit(f"port {port} is taken")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def _auth(name: str, password: str) -> GstRtspServer.RTSPAuth:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
    return auth


def _permit(factory: GstRtspServer.RTSPMediaFactory) -> None:
    rights = GstRtspServer.RTSPPermissions()
    rights.add_role("viewer")
    for right in ("access", "construct"):
        rights.add_permission_for_role("viewer", f"media.factory.{right}", True)
    factory.set_permissions(rights)


if __name__ == "__main__":
    main()
