"""How an artifact for the Edge TPU is laid out: for each size a body and its decoding."""

from pathlib import Path

from lamplighter_wire.blobs import ArtifactFile, Piece

from lamplighter_recipes.runtimes.litert.flatbuffer import file_of

DECODING = "decoding-"


def body_file(artifact: Path, size: str) -> Path:
    """What the compiler is given for a size such as "384x288"."""
    return file_of(artifact, size)


def decoding_file(artifact: Path, size: str) -> Path:
    """What runs behind it on the processor."""
    return artifact / f"{DECODING}{size}.tflite"


def take_apart(artifact: Path) -> list[ArtifactFile]:
    """Every file in one piece: the compiler writes it anew anyway."""
    return [
        ArtifactFile(path.name, [Piece(path.stem, path.read_bytes())])
        for path in sorted(artifact.glob("*.tflite"))
    ]
