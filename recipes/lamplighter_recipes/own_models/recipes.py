"""The recipes that a model's artifacts permit, written beside it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO

from lamplighter_recipes.recipe.own_model import OWN_FAMILY, OwnModel
from lamplighter_recipes.recipe.runtime_facts import is_installed

UNCALIBRATED = (
    "Where ranges that are set ahead cost accuracy: every operator measures what it reads, which"
    " takes a fifth to two fifths more time than 8 bits that are calibrated."
)
EIGHT_BITS = "Pays on CPUs with 8-bit dot products; elsewhere it saves bytes: the probe tells."


@dataclass(frozen=True)
class Offered:
    """One way to serve a model."""

    suffix: str
    runtime: str
    title: str
    technique: str = ""
    saves: tuple[str, ...] = ()
    hardware: str = "Any device with its runtime."


FROM_ONNX = (
    Offered("fp32", BASE_RUNTIME, "as it was added"),
    Offered(
        "int8",
        BASE_RUNTIME,
        "8-bit",
        "quantize",
        ("latency", "energy", "memory", "bytes"),
        EIGHT_BITS,
    ),
)
FROM_TORCH = (
    Offered("litert-fp32", LITERT, "as it was added, LiteRT"),
    Offered(
        "litert-int8",
        LITERT,
        "8-bit, LiteRT",
        "quantize_litert",
        ("latency", "energy", "memory", "bytes"),
        EIGHT_BITS,
    ),
    Offered(
        "litert-dynamic",
        LITERT,
        "8-bit without calibration, LiteRT",
        "quantize_dynamic_litert",
        ("latency", "energy", "bytes"),
        UNCALIBRATED,
    ),
)
FOR_OPENVINO = (
    Offered(
        "openvino-int8",
        OPENVINO,
        "8-bit, OpenVINO",
        "quantize_openvino",
        ("latency", "energy", "memory", "bytes"),
        "x86 devices with OpenVINO and 8-bit dot products: the probe tells.",
    ),
)
FROM_TFLITE = (Offered("as-is", LITERT, "the file as it was added"),)


def ways_of(model: OwnModel, runtimes: Collection[str]) -> tuple[Offered, ...]:
    """What can be done with a model that was written for these runtimes."""
    if model.runtime == LITERT:
        return FROM_TFLITE
    for_litert = FROM_TORCH if LITERT in runtimes else ()
    return (*FROM_ONNX, *for_litert, *(FOR_OPENVINO if is_installed(OPENVINO) else ()))


def write_recipes(model: OwnModel, runtimes: Collection[str], folder: Path) -> list[str]:
    """Write them; their names."""
    folder.mkdir(parents=True)
    names = []
    for way in ways_of(model, runtimes):
        name = f"{model.name}-{way.suffix}"
        (folder / f"{name}.toml").write_text(_text(model, way, name), encoding="utf-8")
        names.append(name)
    return names


def _text(model: OwnModel, way: Offered, name: str) -> str:
    content = {
        "name": name,
        "title": f"{model.name}, {way.title}",
        "summary": f"{model.source}, licence: {model.licence}.",
        "family": OWN_FAMILY,
        "model": model.name,
        "parent": model.name,
        "runtime": way.runtime,
        "sizes": model.sizes,
        "saves": list(way.saves),
        "hardware": way.hardware,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in content.items()]
    if way.technique:
        lines += ["", "[[specialise]]", f"technique = {json.dumps(way.technique)}"]
    return "\n".join(lines) + "\n"
