"""Names of what is served, for people: without what tells two builds of a recipe apart. Pure."""

import re

from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.rules.sizes import size_key

# Of a built variant's id: the digest of what it was made of and with.
BUILD = re.compile(r"-[0-9a-f]{6}(?=$|@)")
# A point's key from there on: in free text a device may have such a name.
KEY = re.compile(r"(?:-[0-9a-f]{6})?@([0-9]+x[0-9]+)\b")


# A digest in a text, told from the number of a device by its letters and digits.
DIGEST = re.compile(r"-(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{6}(?![\w-])")


def variant_words(variant: str) -> str:
    """ "int8-full-43352f" -> "int8-full"; the id itself stays in the data beside."""
    return BUILD.sub("", variant)


def size_words(variant: str, width: int, height: int) -> str:
    """ "int8-full at 384x288"; without a size the variant alone."""
    name = variant_words(variant) or "nothing"
    return f"{name} at {size_key(width, height)}" if variant and width and height else name


def point_words(point: OperatingPoint) -> str:
    """A variant at its size."""
    return size_words(point.variant, point.width, point.height)


def key_words(key: str) -> str:
    """Of a point's key: "int8-full-43352f@384x288" -> "int8-full at 384x288"."""
    return variant_words(key).replace("@", " at ")


def plain(text: str) -> str:
    """A text with points and variants in it, each as `size_words` says it."""
    return DIGEST.sub("", KEY.sub(r" at \1", text))
