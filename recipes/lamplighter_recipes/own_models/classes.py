"""Names of classes: those of a network, and what they are to the city."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lamplighter_wire.tasks.detection import CLASSES

# What the usual collections (COCO, Open Images, Pascal VOC, Cityscapes) call what the city counts.
SYNONYMS = {
    "taxi": "car",
    "lorry": "truck",
    "pickup truck": "truck",
    "minibus": "bus",
    "coach": "bus",
    "motorbike": "motorcycle",
    "bike": "bicycle",
    "cyclist": "bicycle",
    "rider": "bicycle",
    "pedestrian": "person",
    "people": "person",
    "human": "person",
    "man": "person",
    "woman": "person",
    "boy": "person",
    "girl": "person",
}
COCO_80 = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,"
    "stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,"
    "backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,"
    "baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,"
    "banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,"
    "potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,"
    "oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)
COLLECTIONS = {"coco": COCO_80, "city": ",".join(CLASSES)}
NO_CLASS = -1


def class_names(text: str) -> list[str]:
    """From a collection's name, a file with one name a line, names between commas, or a number of
    classes, which are then called 0, 1, …

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is no text.
    """
    if text.isdigit():
        return [str(index) for index in range(int(text))]
    path = Path(text)
    if path.suffix in (".txt", ".names") or (len(text) < 200 and path.is_file()):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        return [line.strip() for line in lines if line.strip()]
    return [name.strip() for name in COLLECTIONS.get(text, text).split(",") if name.strip()]


def plain(name: str) -> str:
    """A name as it is compared: lower case, words apart."""
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


def city_class(name: str, rename: Mapping[str, str]) -> str:
    """What the city calls a class; "" for one that it does not count."""
    renamed = {plain(key): plain(value) for key, value in rename.items()}
    called = renamed.get(plain(name), SYNONYMS.get(plain(name), plain(name)))
    return called if called in CLASSES else ""


def map_of(
    names: Sequence[str], answers: Sequence[str], called: Mapping[str, str]
) -> tuple[int, ...]:
    """For each class of a network the answer's index; -1 for one that is no answer.

    Args:
        called: by the network's name, the answer's.
    """
    places = {name: index for index, name in enumerate(answers)}
    return tuple(places.get(called.get(name, ""), NO_CLASS) for name in names)
