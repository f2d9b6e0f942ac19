"""What stands in the way of adding a model, found before anything is built or written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.decoders import classification
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.decoders.detection import DECODERS
from lamplighter_wire.tasks.classification import KIND
from lamplighter_wire.tasks.detection import CLASSES, DETECTION

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.anchors import Anchors, read_anchors
from lamplighter_recipes.own_models.classes import city_class, class_names, map_of
from lamplighter_recipes.own_models.data.class_folders import read_class_folders
from lamplighter_recipes.own_models.data.coco import label_files, read_coco_folder
from lamplighter_recipes.own_models.data.dataset import Dataset
from lamplighter_recipes.own_models.data.loader import read_loader
from lamplighter_recipes.own_models.data.materials import LEAST_PICTURES
from lamplighter_recipes.own_models.findings import Findings
from lamplighter_recipes.own_models.interface import (
    check_lengths,
    grey_picture,
    interface_of,
    matched_outputs,
    picture_input,
)
from lamplighter_recipes.own_models.request import AddRequest
from lamplighter_recipes.own_models.sources.choice import FUNCTION, source_of
from lamplighter_recipes.own_models.sources.signature import Interface, Source
from lamplighter_recipes.recipe.schema import NAME_PATTERN

DETECTION_WORDS = ("detection", DETECTION.name)
MOST_NAME = 24  # recipes are called by it and a word more
BOXES = ("xyxy", "yxyx", "xywh", "yxhw")
UNITS = ("pixels", "fractions", "strides")
ACTIVATIONS = ("", "sigmoid", "softmax")
# What a decoder's networks usually do, where nothing is said.
USUAL_BOX = {"yolo": "xywh", "ssd": "yxhw"}
SUPPRESSED = ("after-nms", "detections")


@dataclass(frozen=True)
class Plan:
    """All that adding needs to know."""

    request: AddRequest
    task: str
    source: Source
    interface: Interface
    decoder: Decoder
    classes: Sequence[str]
    data: Dataset


def preflight(request: AddRequest) -> Plan:
    """Check everything that can be known without building.

    Raises:
        PreflightError: something stands in the way; all that was found at once.
        RecipeError: a file cannot be read.
    """
    findings = Findings()
    _check_words(request, findings)
    findings.stop()
    task = DETECTION.name if request.task in DETECTION_WORDS else request.task
    decoder = request.decoder or classification.NAME
    data = _read_data(request, task, findings)
    names = _class_names(request, findings)
    findings.stop()
    source = source_of(request.source, request.layout)
    given = picture_input(source.signature().inputs, request, source.runtime, findings)
    if given is None or not given.sizes:
        findings.stop()
        raise RecipeError("the input is not clear", key="source")
    findings.stop()
    outputs = source.run(grey_picture(given))
    chosen = matched_outputs(outputs, decoder, request.outputs, findings)
    findings.stop()
    described = _decoder(request, task, decoder, names, data)
    if described.class_map.count(-1) == len(described.class_map):
        called = ", ".join(names[:8])
        findings.note(
            "classes", f"none is an answer: {called}", "map some with --rename NAME=ANSWER"
        )
    check_lengths(outputs, chosen, described, given.sizes[0], findings)
    findings.stop()
    interface = interface_of(given, request, decoder, chosen)
    return Plan(request, task, source, interface, described, names, data)


def _check_words(request: AddRequest, findings: Findings) -> None:
    """What is wrong whatever the network is."""
    if not re.match(NAME_PATTERN, request.name) or len(request.name) > MOST_NAME:
        findings.note(
            "name", f"{request.name!r} is no name", f"use 1 to {MOST_NAME} of a-z, 0-9, '-'"
        )
    if request.name in request.taken:
        findings.note(
            "name", f"{request.name!r} is taken", "choose another, or remove that model first"
        )
    is_detection = request.task in DETECTION_WORDS
    is_classification = request.task.partition(":")[0] == KIND
    if not is_detection and not is_classification:
        findings.note("task", f"no task {request.task!r}", f"say detection, {KIND} or {KIND}:NAME")
    if is_detection and request.decoder not in DECODERS:
        listed = "; ".join(f"{name}: {d.summary}" for name, d in DECODERS.items())
        findings.note("decoder", "the kind of its outputs must be said", f"one of {listed}")
    if is_classification and request.decoder not in ("", classification.NAME):
        findings.note("decoder", "it reads boxes", "leave it out for classification")
    if not request.licence:
        findings.note("licence", "it is not said", "name the licence that lets you use the model")
    if len(request.mean) not in (1, 3) or len(request.std) not in (1, 3) or not all(request.std):
        findings.note(
            "mean", "one figure or three are wanted, std not 0", "write for instance 127.5"
        )
    _check_choices(request, findings)


def _check_choices(request: AddRequest, findings: Findings) -> None:
    choices = {
        "layout": (request.layout, ("", "nchw", "nhwc")),
        "channels": (request.channels, ("rgb", "bgr")),
        "box": (request.box, ("", *BOXES)),
        "unit": (request.unit, ("", *UNITS)),
        "activation": (request.activation, ACTIVATIONS),
    }
    for field, (value, allowed) in choices.items():
        if value not in allowed:
            findings.note(
                field, f"{value!r} is unknown", f"use one of {', '.join(filter(None, allowed))}"
            )


def _read_data(request: AddRequest, task: str, findings: Findings) -> Dataset:
    boxes, folder = task == DETECTION.name, Path(request.data)
    if FUNCTION.fullmatch(request.data) and not folder.exists():
        data = read_loader(request.data, request.rename, boxes=boxes)
    elif not folder.is_dir():
        findings.note("data", f"there is no folder {folder}", "name a folder of labelled pictures")
        return Dataset([], [])
    elif boxes:
        files = [request.annotations] if request.annotations else label_files(folder)
        if len(files) != 1:
            names = ", ".join(str(path.relative_to(folder)) for path in files) or "none"
            findings.note("annotations", f"files of labels: {names}", "name one with --annotations")
            return Dataset([], [])
        data = read_coco_folder(folder, files[0], request.rename)
    else:
        data = read_class_folders(folder, request.rename)
    if len(data.samples) < LEAST_PICTURES:
        left = ", ".join(f"{count}x {reason}" for reason, count in data.left_out.items())
        text = f"{len(data.samples)} labelled pictures were found" + (f" ({left})" if left else "")
        findings.note(
            "data", text, f"bring {LEAST_PICTURES} at least; 100 make figures mean something"
        )
    return data


def _class_names(request: AddRequest, findings: Findings) -> list[str]:
    try:
        names = class_names(request.classes) if request.classes else []
    except OSError as error:
        findings.note("classes", str(error), "name a file with one class a line")
        return []
    if not names:
        findings.note(
            "classes", "the network's are not named", "list them in its order, or say coco"
        )
    return names


def _decoder(
    request: AddRequest, task: str, decoder: str, names: Sequence[str], data: Dataset
) -> Decoder:
    anchors = read_anchors(request.anchors) if request.anchors else Anchors(strides=[])
    if task == DETECTION.name:
        called = {name: city_class(name, request.rename) for name in names}
        answers: Sequence[str] = CLASSES
    else:
        called = {name: request.rename.get(name, name) for name in names}
        answers = data.classes
    return Decoder(
        name=decoder,
        classes=() if task == DETECTION.name else tuple(answers),
        class_map=map_of(names, answers, called),
        box=request.box or USUAL_BOX.get(decoder, "xyxy"),
        unit=request.unit or "pixels",
        activation=request.activation,
        objectness=request.objectness,
        strides=tuple(request.strides or anchors.strides),
        priors=anchors.by_map() if decoder == "ssd" else (),
        variances=anchors.variances if decoder == "ssd" else (1.0, 1.0),
        suppressed=decoder in SUPPRESSED,
    )
