"""One request for each operation on marks of notices."""

from lamplighter_client.documents.attention.marks import AttentionMark, MarkBody
from lamplighter_client.endpoints import ApiRequest


def marks(*, ended: bool = False) -> ApiRequest[list[AttentionMark]]:
    """Acknowledgements and mutes; with those that have ended, or without."""
    return ApiRequest("/attention/marks", list[AttentionMark], {"all": ended})


def set_mark(body: MarkBody) -> ApiRequest[AttentionMark]:
    """Acknowledge a notice, or mute notices of a device."""
    return ApiRequest("/attention/marks", AttentionMark, method="POST", body=body)


def end_mark(number: int) -> ApiRequest[AttentionMark]:
    """Take it back."""
    return ApiRequest(f"/attention/marks/{number}/end", AttentionMark, method="POST")
