"""A parent that was specialised for one site, as a value beside its weights. Torch-free.

A site is where devices stand that see the same street: the word that operators give them.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically

from lamplighter_recipes.recipe.schema import DEFAULT_FAMILY, Recipe
from lamplighter_recipes.variants.figures import AccuracyTable

RECORD = "site.json"
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
SLUG_LETTERS, DIGEST_DIGITS = 20, 6
# Where the figures of a site come from.
AGREEMENT, LABELS = "agreement with the teacher", "labels"


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """The task's metric before and after on the same pictures; the difference's 95 % interval."""

    before: float = 0.0
    after: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def points(self) -> float:
        """After less before, in hundredths."""
        return 100 * (self.after - self.before)


class SiteResult(msgspec.Struct, frozen=True, kw_only=True):
    """What specialising a parent for a site came to.

    Attributes:
        parent: the name of the site's parent; `base` and `teacher` are names as well.
        kept: whether the parent gains; `reasons` say why, or why not.
        agreement: with the teacher's boxes, on pictures that were held out.
        labels: on the held-out pictures that have labels; None where there are none.
        blend: how much of what was learnt the parent has; the rest is the base's.
        elsewhere: on the city's evaluation pictures: what was forgotten.
        expected: "parent@version" -> size -> regime: what networks do at this site.
        measured_by: what `expected` rests on.
        seconds: of work, by step.
        mmac: of all pictures that were trained on.
    """

    site: str
    parent: str
    version: str = ""
    base: str = ""
    base_version: str = ""
    teacher: str = ""
    family: str = DEFAULT_FAMILY
    kept: bool = False
    reasons: list[str] = []
    pictures: int = 0
    held_out: int = 0
    labelled: int = 0
    steps: int = 0
    blend: float = 1.0
    agreement: Gain = Gain()
    labels: Gain | None = None
    elsewhere: Gain = Gain()
    expected: dict[str, AccuracyTable] = {}
    measured_by: str = AGREEMENT
    seconds: dict[str, float] = {}
    mmac: float = 0.0


def parent_key(parent: str, version: str) -> str:
    """How networks are named in `SiteResult.expected`."""
    return f"{parent}@{version}"


def site_slug(site: str) -> str:
    """A site's name as a file's: readable, and another one for each site."""
    letters = re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:SLUG_LETTERS].strip("-")
    digest = hashlib.sha256(site.encode()).hexdigest()[:DIGEST_DIGITS]
    return f"{letters}-{digest}" if letters else digest


def site_parent_name(base: str, site: str) -> str:
    """The name of the parent that is made of `base` for a site."""
    return f"{base}-at-{site_slug(site)}"


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder, or of its `images` folder, by name; none in folders within."""
    inner = folder / "images"
    place = inner if inner.is_dir() else folder
    return sorted(path for path in place.glob("*") if path.suffix.lower() in PICTURE_SUFFIXES)


def read_result(path: Path) -> SiteResult | None:
    """A result on disk; None where there is none, or a damaged one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=SiteResult)
    except (OSError, msgspec.DecodeError):
        return None


def write_result(path: Path, result: SiteResult) -> None:
    """Keep a result; it appears whole or not at all."""
    write_atomically(path, [msgspec.json.format(msgspec.json.encode(result)), b"\n"])


def recipes_for(result: SiteResult, recipes: Sequence[Recipe]) -> list[Recipe]:
    """The recipes of the base, for the site's parent in its place.

    It is trained already, so nothing of them is left to prepare.
    """
    fitting = (r for r in recipes if (r.parent, r.family) == (result.base, result.family))
    return [msgspec.structs.replace(r, parent=result.parent, prepare=[]) for r in fitting]
