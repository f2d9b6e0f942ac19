"""Why a camera gives no frames, in its owner's words and with what to do; never its password."""

import errno

# By name, so that whoever asks needs no video library.
BY_CLASS = {
    "HTTPUnauthorizedError": (
        "it refuses name or password (401); check them: rtsp://NAME:PASSWORD@HOST/PATH"
    ),
    "HTTPForbiddenError": "this user may not see it (403); give the user that right in the camera",
    "HTTPNotFoundError": "it has no such stream (404); check the path behind the host",
    "HTTPBadRequestError": "it does not understand the request (400); check the path",
    "HTTPServerError": "it answers with a fault of its own (5xx); start it anew",
    "HTTPTooManyRequestsError": "it has too many viewers (429); end others",
    "HTTPOtherClientError": "it refuses the request (4xx); check the address",
    "ProtocolNotFoundError": (
        "this way to it is not known; use rtsp://, onvif://, http:// or /dev/videoN"
    ),
    "DecoderNotFoundError": "its codec is not known here; set it to H.264",
    "InvalidDataError": "what it gives is no video; check the path, or set it to H.264",
    "EOFError": "it ended the stream; check what it sends at that path",
    "IndexError": "it gives no video; check the path",
    "TimeoutError": "no answer in time; check whether it is on, and the network between",
    "ExitError": "no frames in time; check whether it is on, and the network between",
}
BY_NUMBER = {
    errno.ECONNREFUSED: "nothing listens there; check address and port, and whether it is on",
    errno.ECONNRESET: "it ended the connection; check whether it has too many viewers",
    errno.EHOSTUNREACH: "there is no way to it; check its address and the network",
    errno.ENETUNREACH: "there is no way to it; check its address and the network",
    errno.EACCES: "it may not be opened; put the agent's user into the group video",
    errno.EPERM: "it may not be opened; put the agent's user into the group video",
    errno.ENOENT: "there is no such device or file; see: ls /dev/video*",
    errno.ENODEV: "there is no such device; see: ls /dev/video*",
    errno.ENXIO: "there is no such device; see: ls /dev/video*",
    errno.EBUSY: "another program uses it; end that one",
    errno.ENOTTY: "it is no camera; see: ls /dev/video*",
    errno.EIO: "it cannot be reached; check the host's name, the cable and the network",
}


def failure_words(error: BaseException) -> str:
    """What is wrong and what to do, in one line without any address."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    number = error.errno if isinstance(error, OSError) else None
    if number in BY_NUMBER:
        return BY_NUMBER[number]
    named = next((BY_CLASS[kind] for kind in kinds if kind in BY_CLASS), "")
    words = getattr(error, "strerror", None) or kinds[0]
    return named or f"{str(words).lower()}; see the camera's own log"
