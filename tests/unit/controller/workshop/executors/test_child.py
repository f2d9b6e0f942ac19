"""Messages between the workshop and its child processes."""

import io

import msgspec
from lamplighter_controller.workshop.executors.child import Reply, read_message, write_message


def test_bytes_travel_as_they_are_and_messages_stay_apart() -> None:
    pipe = io.BytesIO()
    replies = [Reply(share=0.5, stage="half"), Reply(done=True, result={"raw": b"\x00\n\xff"})]
    for reply in replies:
        write_message(pipe, reply)
    pipe.seek(0)
    received = [read_message(pipe) for _ in replies]
    assert [msgspec.msgpack.decode(raw or b"", type=Reply) for raw in received] == replies
    assert read_message(pipe) is None


def test_a_message_that_was_cut_off_is_none() -> None:
    pipe = io.BytesIO()
    write_message(pipe, Reply(done=True, result="a long story"))
    for size_bytes in (2, len(pipe.getvalue()) - 1):
        assert read_message(io.BytesIO(pipe.getvalue()[:size_bytes])) is None
