"""What somebody asks for who adds a model of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PICTURES = 300  # of each part of the data, at most: figures within two points, in seconds


@dataclass(frozen=True, kw_only=True)
class AddRequest:
    """Fields are named as the command line's options; "" and empty ones are to be found out.

    Attributes:
        source: an ONNX file, a TFLite file, an exported program (.pt2), or `module:function` that
            gives a PyTorch network.
        task: detection, classification, or classification:NAME for a set of classes of its own.
        data: a COCO folder, a folder with one folder a class, or `module:function` that gives
            pairs of a picture and its label.
        classes: of the network, in its order: names, or a file with one a line.
        rename: classes of the network or of the data by the names that the answer has for them.
        outputs: the network's names of what the decoder reads, by the decoder's.
        sizes: input sizes, the main one first.
        mean, std: of the input, in levels of a pixel (0 to 255).
        judged_on: labelled pictures that all models of the task are judged on; None: its own.
        anchors: a TOML file that says what the anchors of an SSD are.
    """

    name: str
    source: str
    task: str
    data: str
    models_dir: Path
    cache_dir: Path
    licence: str = ""
    decoder: str = ""
    classes: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    sizes: tuple[str, ...] = ()
    layout: str = ""
    channels: str = "rgb"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    box: str = ""
    unit: str = ""
    activation: str = ""
    objectness: bool = False
    strides: tuple[int, ...] = ()
    anchors: Path | None = None
    annotations: Path | None = None
    pictures: int = PICTURES
    judged_on: Path | None = None
    taken: frozenset[str] = frozenset()  # names of parents and recipes that exist
