"""What stands in the way of adding a model, found before anything is built or written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.decoders import classification
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.tasks.detection import CLASSES

from lamplighter_recipes.own_models.anchors import Anchors, read_anchors
from lamplighter_recipes.own_models.classes import city_class, class_names, map_of
from lamplighter_recipes.own_models.data.class_folders import read_class_folders
from lamplighter_recipes.own_models.data.coco import label_files, read_coco_folder
from lamplighter_recipes.own_models.data.dataset import NO_DATA, Dataset
from lamplighter_recipes.own_models.data.loader import read_loader
from lamplighter_recipes.own_models.data.materials import LEAST_PICTURES
from lamplighter_recipes.own_models.findings import Findings, PreflightError
from lamplighter_recipes.own_models.interface import (
    check_lengths,
    grey_picture,
    interface_of,
    matched_outputs,
    picture_input,
)
from lamplighter_recipes.own_models.options import check_options, finds_boxes, task_name
from lamplighter_recipes.own_models.request import AddRequest
from lamplighter_recipes.own_models.sources.choice import FUNCTION, source_of
from lamplighter_recipes.own_models.sources.signature import Interface, Source

# What a decoder's networks usually do, where nothing is said.
USUAL_BOX = {"yolo": "xywh", "ssd": "yxhw"}
SUPPRESSED = ("after-nms", "detections")
MOST_NAMED = 8  # classes in one message


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
    """
    findings, task = Findings(), task_name(request.task)
    check_options(request, findings)
    if {finding.field for finding in findings} & {"task", "decoder"}:
        findings.stop()  # what else is looked for depends on them
    data = findings.of("data", lambda: _read_data(request, task, findings)) or NO_DATA
    names = _class_names(request, findings)
    anchors = findings.of("anchors", lambda: _anchors(request)) or Anchors(strides=[])
    source = findings.of("source", lambda: source_of(request.source, request.layout))
    findings.of("source", lambda: source and source.signature())
    if source is None or findings:
        raise PreflightError(findings)
    described = _decoder(request, task, names, data, anchors)
    _check_classes(task, names, described, findings)
    interface = findings.of("source", lambda: _interface(request, source, described, findings))
    if interface is None or findings:
        raise PreflightError(findings)
    return Plan(request, task, source, interface, described, names, data)


def _interface(
    request: AddRequest, source: Source, decoder: Decoder, findings: Findings
) -> Interface | None:
    """By one run on a picture without anything in it; None where something is not clear."""
    given = picture_input(source.signature().inputs, request, source.runtime, findings)
    if given is None or not given.sizes or findings:
        return None
    outputs = source.run(grey_picture(given))
    chosen = matched_outputs(outputs, decoder.name, request.outputs, findings)
    if not findings:
        check_lengths(outputs, chosen, decoder, given.sizes[0], findings)
    return interface_of(given, request, decoder.name, chosen)


def _read_data(request: AddRequest, task: str, findings: Findings) -> Dataset:
    boxes, folder = finds_boxes(task), Path(request.data)
    if FUNCTION.fullmatch(request.data) and not folder.exists():
        data = read_loader(request.data, request.rename, boxes=boxes)
    elif not folder.is_dir():
        findings.note("data", f"there is no folder {folder}", "name a folder of labelled pictures")
        return NO_DATA
    elif boxes:
        files = [request.annotations] if request.annotations else label_files(folder)
        if len(files) != 1:
            _note_labels(folder, files, findings)
            return NO_DATA
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


def _note_labels(folder: Path, files: Sequence[Path], findings: Findings) -> None:
    if not files:
        remedy = "export it as COCO, or name its file with --annotations"
        findings.note("data", f"{folder} holds no file of labels (.json)", remedy)
        return
    names = ", ".join(str(path.relative_to(folder)) for path in files)
    findings.note("annotations", f"several files of labels: {names}", "name one of them")


def _class_names(request: AddRequest, findings: Findings) -> list[str]:
    try:
        names = class_names(request.classes) if request.classes else []
    except (OSError, UnicodeDecodeError) as error:
        findings.note("classes", str(error), "name a text file with one class a line")
        return []
    if not names:
        findings.note(
            "classes", "the network's are not named", "list them in its order, or say coco"
        )
    return names


def _check_classes(task: str, names: Sequence[str], decoder: Decoder, findings: Findings) -> None:
    """Whether the network and the data speak of the same classes."""
    if set(decoder.class_map) <= {-1}:
        called = ", ".join(names[:MOST_NAMED])
        findings.note(
            "classes", f"none is an answer: {called}", "map some with --rename NAME=ANSWER"
        )
        return
    given = {index for index in decoder.class_map if index >= 0}
    answers = decoder.classes if not finds_boxes(task) else ()
    lacking = [name for index, name in enumerate(answers) if index not in given]
    if lacking:
        findings.note(
            "data",
            f"the network has no class for pictures of {', '.join(lacking[:MOST_NAMED])}",
            "map one with --rename NETWORK_CLASS=FOLDER, or take the folder away",
        )


def _anchors(request: AddRequest) -> Anchors | None:
    return read_anchors(request.anchors) if request.anchors else None


def _decoder(
    request: AddRequest, task: str, names: Sequence[str], data: Dataset, anchors: Anchors
) -> Decoder:
    boxes, decoder = finds_boxes(task), request.decoder or classification.NAME
    if boxes:
        called = {name: city_class(name, request.rename) for name in names}
    else:
        called = {name: request.rename.get(name, name) for name in names}
    answers: Sequence[str] = CLASSES if boxes else data.classes
    return Decoder(
        name=decoder,
        classes=() if boxes else tuple(answers),
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
