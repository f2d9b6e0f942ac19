"""What is wrong with a request whatever the network and the data are."""

import re
from math import isfinite

from lamplighter_wire.decoders import classification
from lamplighter_wire.decoders.detection import DECODERS
from lamplighter_wire.tasks.classification import KIND, classification_named
from lamplighter_wire.tasks.detection import DETECTION, detection_named
from lamplighter_wire.tasks.detection import KIND as BOXES_KIND

from lamplighter_recipes.own_models.findings import Findings
from lamplighter_recipes.own_models.request import AddRequest
from lamplighter_recipes.recipe.schema import NAME_PATTERN

MOST_NAME = 24  # recipes are called by it and a word more
BOXES = ("xyxy", "yxyx", "xywh", "yxhw")
UNITS = ("pixels", "fractions", "strides")
ACTIVATIONS = ("", "sigmoid", "softmax")


def task_name(word: str) -> str:
    """A task as manifests call it."""
    return DETECTION.name if word == BOXES_KIND else word


def finds_boxes(task: str) -> bool:
    """Whether a task is detection, the city's or one of own pictures."""
    return detection_named(task) is not None


def check_options(request: AddRequest, findings: Findings) -> None:
    """Note all of it."""
    _check_name(request, findings)
    _check_task(request, findings)
    if not request.licence.strip():
        findings.note("licence", "it is not said", "name the licence that lets you use the model")
    _check_numbers(request, findings)
    _check_choices(request, findings)


def _check_name(request: AddRequest, findings: Findings) -> None:
    if not re.match(NAME_PATTERN, request.name) or len(request.name) > MOST_NAME:
        findings.note(
            "name", f"{request.name!r} is no name", f"use 1 to {MOST_NAME} of a-z, 0-9, '-'"
        )
    if request.name in request.taken:
        findings.note(
            "name", f"{request.name!r} is taken", "choose another, or remove that model first"
        )


def _check_task(request: AddRequest, findings: Findings) -> None:
    boxes = finds_boxes(task_name(request.task))
    classes = classification_named(request.task) is not None
    if not boxes and not classes:
        kinds = f"{BOXES_KIND}, {BOXES_KIND}:NAME, {KIND} or {KIND}:NAME"
        findings.note("task", f"no task {request.task!r}", f"say {kinds}")
    if boxes and request.decoder not in DECODERS:
        listed = "; ".join(f"{name}: {d.summary}" for name, d in DECODERS.items())
        findings.note("decoder", "the kind of its outputs must be said", f"one of {listed}")
    if classes and request.decoder not in ("", classification.NAME):
        findings.note("decoder", "it reads boxes", "leave it out for classification")


def _check_numbers(request: AddRequest, findings: Findings) -> None:
    figures = (*request.mean, *request.std)
    lengths = {len(request.mean), len(request.std)}
    if lengths - {1, 3} or not all(map(isfinite, figures)) or not all(request.std):
        findings.note(
            "mean", "one figure or three are wanted, std not 0", "write for instance 127.5"
        )
    if request.pictures < 1:
        findings.note("pictures", f"{request.pictures} are none", "name how many at most, as 300")
    if any(stride < 1 for stride in request.strides):
        findings.note("strides", "they are 1 at least", "write for instance 8,16,32")


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
