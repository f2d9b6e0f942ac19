"""From what a network takes and gives to how it is fitted to its task, or what is not clear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from lamplighter_wire.decoders import classification
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.decoders.detection import DECODERS, Picture, ssd_anchors
from lamplighter_wire.rules.runtimes import LITERT
from lamplighter_wire.rules.sizes import parse_size, size_key
from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray

from lamplighter_recipes.own_models.findings import Findings
from lamplighter_recipes.own_models.request import AddRequest
from lamplighter_recipes.own_models.sources.signature import BYTES, DYNAMIC, Interface, TensorInfo

Arrays = Mapping[str, NDArray[Any]]
CHANNELS, AXES = 3, 4
SLACK = 0.01  # rounding of 8 bits
BOX = 4
COLUMNS = {"boxes": BOX, "distances": BOX, "detections": BOX + 2}  # of a row, by role
INPUT = "images"
RANKS = {
    "after-nms": (3, 2, 2),
    "detections": (3,),
    "yolo": (3,),
    "ssd": (3, 3),
    "distances": (3, 3),
    classification.NAME: (2,),
}
TYPES = ("float32", "float16", "uint8")
TFLITE_TYPES = ("float32", "uint8", "int8")
GREY = 114


@dataclass(frozen=True)
class PictureInput:
    """The input, how it lies, and at which sizes it is served."""

    info: TensorInfo
    channels_first: bool
    sizes: tuple[str, ...]


def picture_input(
    inputs: Sequence[TensorInfo], request: AddRequest, runtime: str, findings: Findings
) -> PictureInput | None:
    """What a network takes; None where that is not clear."""
    if len(inputs) != 1:
        names = ", ".join(item.name for item in inputs)
        findings.note(
            "source",
            f"it takes {len(inputs)} inputs ({names})",
            "give one that takes a picture alone",
        )
        return None
    info = inputs[0]
    first = channels_first(info.shape, request.layout)
    if first is None:
        findings.note(
            "layout",
            f"the input {info.name} is {list(info.shape)}",
            "say nchw or nhwc for a picture with three channels; another input cannot be served",
        )
        return None
    _check_type(info, request, TFLITE_TYPES if runtime == LITERT else TYPES, findings)
    if runtime == LITERT and (first or request.channels == "bgr"):
        findings.note(
            "source", "a TFLite file is served as it is", "convert it for RGB with channels last"
        )
    return PictureInput(info, first, _sizes(info, first, request, findings))


def _check_type(
    info: TensorInfo, request: AddRequest, types: tuple[str, ...], findings: Findings
) -> None:
    if info.dtype not in types:
        findings.note(
            "source", f"the input is {info.dtype}", f"convert it with one of {', '.join(types)}"
        )
    if info.dtype in BYTES and (set(request.mean), set(request.std)) != ({0.0}, {1.0}):
        findings.note("mean", f"the input takes pixels as {info.dtype}", "leave out mean and std")


def channels_first(shape: Sequence[int], layout: str) -> bool | None:
    """Whether an input is [N, 3, H, W]; None where it is no picture or that is not clear."""
    if len(shape) != AXES:
        return None
    fits = {"nchw": shape[1] in (CHANNELS, DYNAMIC), "nhwc": shape[3] in (CHANNELS, DYNAMIC)}
    if layout:
        return layout == "nchw" if fits.get(layout) else None
    exact = [shape[1] == CHANNELS, shape[3] == CHANNELS]
    return exact[0] if exact[0] != exact[1] else None


def _sizes(
    info: TensorInfo, first: bool, request: AddRequest, findings: Findings
) -> tuple[str, ...]:
    height, width = info.shape[2:] if first else info.shape[1:3]
    fixed = size_key(width, height) if width and height else ""
    if fixed and set(request.sizes) - {fixed}:
        findings.note("size", f"the network takes {fixed} only", f"leave it out, or say {fixed}")
    if not fixed and not request.sizes:
        findings.note("size", "the network takes any size", "name one or more, the main one first")
    for size in request.sizes:
        try:
            parse_size(size)
        except ValueError as error:
            findings.note("size", str(error), "write for instance 640x480")
    return (fixed,) if fixed else request.sizes


def grey_picture(given: PictureInput) -> NDArray[Any]:
    """What the network is tried with: one picture without anything in it."""
    width, height = parse_size(given.sizes[0])
    shape = (1, CHANNELS, height, width) if given.channels_first else (1, height, width, CHANNELS)
    levels = {"uint8": GREY, "int8": GREY - 128}
    return np.full(shape, levels.get(given.info.dtype, 0), given.info.dtype)


def roles_of(decoder: str) -> tuple[str, ...]:
    """What a decoder calls the outputs that it reads."""
    return classification.OUTPUTS if decoder == classification.NAME else DECODERS[decoder].outputs


def matched_outputs(
    outputs: Arrays, decoder: str, named: Mapping[str, str], findings: Findings
) -> tuple[str, ...]:
    """The network's names of what a decoder reads, in its order; by shape where that is plain."""
    roles, shapes = roles_of(decoder), {name: list(v.shape) for name, v in outputs.items()}
    chosen = dict(named) or _guessed(outputs, roles)
    wrong = [name for name in chosen.values() if name not in outputs]
    if set(chosen) != set(roles) or wrong:
        findings.note(
            "outputs",
            f"{decoder!r} reads {', '.join(roles)}; the network gives {shapes}",
            "choose the decoder that fits, or say which is which: "
            + " ".join(f"--outputs {role}=NAME" for role in roles),
        )
        return ()
    for role, rank in zip(roles, RANKS[decoder], strict=True):
        if outputs[chosen[role]].ndim not in (rank, rank - 1):
            text = f"{role} is {shapes[chosen[role]]}, {decoder!r} wants {rank} axes"
            findings.note(
                "outputs", text, "choose the decoder that fits, or export it without the rest"
            )
    return tuple(chosen[role] for role in roles)


def _guessed(outputs: Arrays, roles: tuple[str, ...]) -> dict[str, str]:
    if set(roles) <= set(outputs):
        return {role: role for role in roles}
    if len(roles) == 1:
        return {roles[0]: next(iter(outputs))} if len(outputs) == 1 else {}
    of_boxes = [name for name, value in outputs.items() if value.ndim and value.shape[-1] == BOX]
    rest = [name for name in outputs if name not in of_boxes]
    places = [role for role in roles if role in ("boxes", "distances")]
    if len(of_boxes) != 1 or len(rest) != len(roles) - 1:
        return {}
    others = [role for role in roles if role not in places]
    if len(others) == 1:
        return {places[0]: of_boxes[0], others[0]: rest[0]}
    whole = [name for name in rest if outputs[name].dtype.kind in "iu"]
    if len(whole) != 1:
        return {}
    (scores,) = [name for name in rest if name not in whole]
    return {places[0]: of_boxes[0], "scores": scores, "classes": whole[0]}


def check_lengths(
    outputs: Arrays, names: tuple[str, ...], decoder: Decoder, size: str, findings: Findings
) -> None:
    """Whether the outputs are as long as classes and anchors say."""
    values = dict(zip(roles_of(decoder.name), (outputs[name] for name in names), strict=True))
    _check_columns(values, findings)
    if not findings:
        _check_scores(values, decoder, findings)
    if not findings:
        _check_activation(_scores(values, decoder), decoder.activation, findings)
    if not findings and decoder.name in ("ssd", "distances"):
        _check_rows(values, decoder, size, findings)


def _check_columns(values: Arrays, findings: Findings) -> None:
    """Whether each row is a box, or a box with score and class."""
    for role, columns in COLUMNS.items():
        length = values[role].shape[-1] if role in values else columns
        if length != columns:
            text = f"{role} has rows of {length} numbers, {columns} are read"
            findings.note(
                "outputs", text, "choose the decoder that fits, or export it with boxes decoded"
            )


def _check_scores(values: Arrays, decoder: Decoder, findings: Findings) -> None:
    count = len(decoder.class_map)
    if decoder.name == "yolo":
        row = BOX + decoder.objectness + count
        if row not in values["predictions"].shape:
            text = (
                f"a row of {row} numbers ({count} classes) is not in {values['predictions'].shape}"
            )
            findings.note(
                "classes", text, "list the network's classes; add --objectness if it has one"
            )
    elif decoder.name in ("ssd", "distances", classification.NAME):
        found = values["scores"].shape[-1]
        if found != count:
            findings.note(
                "classes", f"{count} are named, the network has {found}", "list all, background too"
            )


def _scores(values: Arrays, decoder: Decoder) -> NDArray[Any]:
    """Whatever is read as a score."""
    if decoder.name == "detections":
        return values["detections"][..., BOX]
    if decoder.name != "yolo":
        return values["scores"]
    table = values["predictions"]
    in_rows = table.shape[-1] == BOX + decoder.objectness + len(decoder.class_map)
    return table[..., BOX:] if in_rows else table[..., BOX:, :]


def _check_activation(scores: NDArray[Any], activation: str, findings: Findings) -> None:
    """Scores that need no activation are in 0..1, also those of an empty picture."""
    if activation or not scores.size:
        return
    low, high = float(scores.min()), float(scores.max())
    if low < -SLACK or high > 1 + SLACK:
        findings.note(
            "activation",
            f"scores are from {low:.3g} to {high:.3g}, not from 0 to 1",
            "say sigmoid, or softmax where the classes exclude each other",
        )


def _check_rows(values: Arrays, decoder: Decoder, size: str, findings: Findings) -> None:
    picture = Picture(*parse_size(size))
    found = values["scores"].shape[-2]
    field = "anchors" if decoder.name == "ssd" else "strides"
    if not decoder.strides:
        findings.note(field, f"{decoder.name!r} must know them", f"give --{field}")
        return
    if decoder.name == "ssd" and len(decoder.priors) != len(decoder.strides):
        maps = f"{len(decoder.priors)} feature maps have anchors, {len(decoder.strides)} strides"
        findings.note(field, maps, f"describe both by --{field} alone")
        return
    if decoder.name == "ssd":
        rows = len(ssd_anchors(decoder, picture))
    else:
        rows = sum(-(-picture.width // s) * -(-picture.height // s) for s in decoder.strides)
    if rows != found:
        text = f"they make {rows} rows at {size}, the network gives {found}"
        findings.note(field, text, "describe every feature map, in the order of the rows")


def interface_of(
    given: PictureInput, request: AddRequest, decoder: str, outputs: tuple[str, ...]
) -> Interface:
    """All of it together."""
    return Interface(
        picture=given.info,
        sizes=given.sizes,
        channels_first=given.channels_first,
        reversed_channels=request.channels == "bgr",
        mean=_three(request.mean),
        std=_three(request.std),
        outputs=outputs,
        ranks=RANKS[decoder],
        tensors=TensorNames(INPUT, roles_of(decoder)),
    )


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = values * CHANNELS if len(values) == 1 else values
    return red, green, blue
