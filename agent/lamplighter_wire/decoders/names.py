"""All decoders by name, with what each reads, for people and for capabilities."""

from collections.abc import Mapping

from lamplighter_wire.decoders import classification, detection

DECODERS: Mapping[str, str] = {
    **{name: decoder.summary for name, decoder in detection.READERS.items()},
    classification.NAME: "scores of classes of the whole picture",
}
