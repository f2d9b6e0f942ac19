"""Where figures of the variants' benchmark go: beside the weights, and into the documentation."""

from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically

from lamplighter_recipes.building.calibration import RANGES_FILE, read_ranges, write_ranges
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import KNOWN_FIGURES, known_figures

TABLE, PICTURE = "variants.md", "variants.png"
WRITTEN_BY = "Written by `lamplighter bench variants --all --page docs/reference/variants.md`."


def keep_known(out_dir: Path, weights_dir: Path) -> None:
    """Put what a benchmark found out to where plans and builds look for it.

    Figures of variants that were not measured this time, and those that another bench has added to
    a card, stay.
    """
    kept = known_figures(weights_dir)
    measured = msgspec.json.decode((out_dir / KNOWN_FIGURES).read_bytes(), type=list[VariantCard])
    for card in measured:
        streets = kept[card.id].street_ap50 if card.id in kept else {}
        kept[card.id] = msgspec.structs.replace(card, street_ap50=streets)
    document = msgspec.json.format(msgspec.json.encode(list(kept.values())))
    write_atomically(weights_dir / KNOWN_FIGURES, [document])
    for path in out_dir.glob(f"*.{RANGES_FILE}"):
        shipped = weights_dir / path.name
        write_ranges(shipped, read_ranges(shipped) | read_ranges(path))


def write_page(out_dir: Path, page: Path) -> None:
    """Copy table and picture to a page of the documentation, and to the images beside its room."""
    picture = page.parent.parent / "images" / PICTURE
    write_atomically(picture, [(out_dir / PICTURE).read_bytes()])
    text = (out_dir / TABLE).read_text()
    title, _, rest = text.partition("\n\n")
    figure = f"![Latency against accuracy, a panel for each parent](../images/{PICTURE})"
    write_atomically(page, [f"{title}\n\n{WRITTEN_BY}\n\n{figure}\n\n{rest}".encode()])
