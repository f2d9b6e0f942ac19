"""What a manifest promises, and what it lists and unfolds to."""

from typing import Any

import msgspec
import pytest
from lamplighter_wire.artifacts.manifest import ChunkRef, GoldenFrame, Manifest, Part
from lamplighter_wire.artifacts.promise import broken_promise, promised_sizes

SIZE = 1_000_000
PICTURE = ChunkRef(sha256="p", size_bytes=200_000)
HONEST = Manifest(
    id="v",
    size_bytes=SIZE,
    chunks=[ChunkRef(sha256="a", size_bytes=SIZE), PICTURE],
    parts=[
        Part(file="model-1.tflite", size_bytes=SIZE, chunks=["a"]),
        Part(file="model-2.tflite", size_bytes=SIZE, chunks=["a"]),
    ],
    golden=[GoldenFrame(image="p")],
)


def test_pictures_and_what_files_share_break_no_promise() -> None:
    assert broken_promise(HONEST) == ""
    assert promised_sizes(HONEST) == {"a": SIZE, "p": 200_000}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size_bytes": 1000}, "promises 1000 bytes, its chunks have 1000000"),
        ({"chunks": [PICTURE]}, "need 1 chunks that it does not list"),
        ({"chunks": [ChunkRef(sha256="a", size_bytes=-1)]}, "negative size"),
        (
            {"parts": [Part(file="f", size_bytes=100 * SIZE, chunks=["a"] * 100)]},
            "promises 1000000 bytes, its files have 100000000",
        ),
        ({"golden": [GoldenFrame(image="p")] * 65}, "65 golden frames"),
    ],
)
def test_what_does_not_add_up_is_named(change: dict[str, Any], words: str) -> None:
    assert words in broken_promise(msgspec.structs.replace(HONEST, **change))
