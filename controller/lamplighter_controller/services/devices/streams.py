"""The streams of a device as its record holds them."""

import msgspec

from lamplighter_controller.domain.streams import (
    Streams,
    StreamState,
    device_window,
    stream_ids,
    workload_of,
)
from lamplighter_controller.store.records import DeviceRecord, DeviceState


def streams_of(record: DeviceRecord, state: DeviceState) -> dict[str, StreamState]:
    """All that the device has now by its own word, also those that were never heard of.

    The record of a device with one camera is that of its only stream.
    """
    known = record.streams or {
        "": StreamState(
            window=record.newest_window,
            window_at=record.newest_window_at,
            workload=record.workload,
            workload_of=state.workload,
        )
    }
    return {name: known.get(name, StreamState()) for name in stream_ids(record.capabilities)}


def with_streams(record: DeviceRecord, streams: Streams) -> DeviceRecord:
    """The record of a device whose streams are these."""
    return msgspec.structs.replace(
        record,
        streams={} if list(streams) == [""] else dict(streams),
        workload=workload_of(streams) or record.workload,
        newest_window=device_window(streams),
        newest_window_at=max(stream.window_at for stream in streams.values()),
    )
