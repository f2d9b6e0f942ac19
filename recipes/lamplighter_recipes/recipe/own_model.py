"""What is known of a user's own model, as it was added: JSON beside its weights. Torch-free."""

from pathlib import Path

import msgspec
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.rules.runtimes import BASE_RUNTIME

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.model_families import FamilyFacts, facts_of_family

OWN_FAMILY = "own"
SUFFIX = ".model.json"
TFLITE, GRAPH = ".tflite", ".onnx"


class OwnModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model of somebody else's make.

    Attributes:
        task, decoder: what it is for, and how its outputs are read.
        sizes: input sizes that it takes; the first one stands for all.
        runtime: that runs its float form, which all its variants are compared with.
        source, source_sha256, licence: where it comes from.
        classes: of the network, in its order.
        pictures: of its data, by part.
        accuracy: the task's metric over all pictures of its own data, by size.
    """

    name: str
    task: str
    decoder: Decoder
    sizes: list[str]
    runtime: str = BASE_RUNTIME
    source: str = ""
    source_sha256: str = ""
    licence: str = ""
    classes: list[str] = []
    pictures: dict[str, int] = {}
    accuracy: dict[str, float] = {}


def own_model_path(name: str, weights_dir: Path) -> Path:
    """Where the facts of a model lie."""
    return weights_dir / f"{name}{SUFFIX}"


def own_model(name: str, weights_dir: Path) -> OwnModel | None:
    """The facts of a parent that is a user's own model; None for another one.

    Raises:
        RecipeError: they are damaged.
    """
    path = own_model_path(name, weights_dir)
    try:
        return msgspec.json.decode(path.read_bytes(), type=OwnModel)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise RecipeError(
            f"is damaged: {error}", file=str(path), remedy="remove the model and add it again"
        ) from error


def litert_file(name: str, size: str, weights_dir: Path) -> Path:
    """A model's form for LiteRT at a size."""
    return weights_dir / f"{name}.{size}{TFLITE}"


def float_runtime(family: str, name: str, weights_dir: Path) -> str:
    """What runs a parent's float form.

    Raises:
        RecipeError: as `own_model`.
    """
    model = own_model(name, weights_dir) if family == OWN_FAMILY else None
    return model.runtime if model is not None else BASE_RUNTIME


def facts_of_parent(family: str, name: str, weights_dir: Path) -> FamilyFacts:
    """What is known of a parent's family; of a user's own model, of itself. A finished graph of a
    family gives the outputs of its task.

    Raises:
        RecipeError: as `facts_of_family` and `own_model`.
    """
    facts = facts_of_family(family)
    model = own_model(name, weights_dir) if family == OWN_FAMILY else None
    if model is not None:
        of_model = {"task": model.task, "sizes": model.sizes, "main_size": model.sizes[0]}
        return msgspec.structs.replace(facts, **of_model, decoder=model.decoder)
    is_graph = (weights_dir / f"{name}{GRAPH}").exists()
    return msgspec.structs.replace(facts, decoder=OWN) if is_graph else facts
