"""What accuracy would have cost on a device: the points that its last plan chose among. Pure."""

from html import escape

from lamplighter_client.pages.drawing import table
from lamplighter_client.pages.fronts import Dot, front_of, front_picture, letters_of
from lamplighter_wire.words.accuracy import accuracy_words, basis_words
from lamplighter_wire.words.names import size_words, variant_words

from lamplighter_demo.report.schema import DeviceReport, PointEntry


def fronts(device: DeviceReport) -> str:
    """Accuracy over latency and over energy side by side, and the points with letters as a table;
    empty where nothing was predicted."""
    points = [one for one in device.points if one.ap50 and one.latency_p95_ms]
    if not points:
        return ""
    by_latency = [_dot(one, one.latency_p95_ms) for one in points]
    by_energy = [_dot(one, one.energy_mj_per_frame) for one in points]
    told = (
        f"What accuracy would have cost there in {device.points_regime}: {len(points)} points as"
        " predicted at the end of the day. Steps join those that no other beats; the ring is"
        " what was served then."
    )
    pictures = front_picture(by_latency, "p95, ms", "AP50 over latency") + front_picture(
        by_energy, "mJ a frame", "AP50 over energy"
    )
    return (
        f'<p class="dim">{escape(told)}</p><div class="beside">{pictures}</div>'
        f'<div class="scroll">{_named(points, by_latency, by_energy)}</div>'
    )


def _named(points: list[PointEntry], by_latency: list[Dot], by_energy: list[Dot]) -> str:
    latency, energy = letters_of(by_latency), letters_of(by_energy)
    on_front = {dot.name for dot in [*front_of(by_latency), *front_of(by_energy)]}
    rows = [
        (
            _name(one),
            latency.get(_key(one), ""),
            energy.get(_key(one), ""),
            f"{one.ap50:.2f}",
            basis_words(one.ap50_basis, one.measured_on),
            f"{one.latency_p95_ms:.1f}",
            f"{one.energy_mj_per_frame:.1f}",
            _standing(one),
        )
        for one in points
        if _key(one) in on_front or one.serves
    ]
    titles = ("point", "latency", "energy", "AP50", "is", "p95 ms", "mJ", "")
    return table(titles, sorted(rows, key=lambda row: float(row[5])))


def _dot(one: PointEntry, cost: float) -> Dot:
    accuracy = accuracy_words(one.ap50, one.ap50_basis, one.measured_on)
    figures = f"p95 {one.latency_p95_ms:.1f} ms, {one.energy_mj_per_frame:.1f} mJ a frame"
    standing = f"; {_standing(one)}" if _standing(one) else ""
    about = f"{_name(one)}: {accuracy}, {figures}{standing}"
    return Dot(_key(one), one.ap50, cost, about, one.serves)


def _standing(one: PointEntry) -> str:
    broken = ", ".join(f"{name} by {share:.0%}" for name, share in one.breaks.items())
    return "served" if one.serves else f"breaks {broken}" if broken else ""


def _key(one: PointEntry) -> str:
    return f"{one.variant}@{one.size}"


def _name(one: PointEntry) -> str:
    width, _, height = one.size.partition("x")
    return size_words(variant_words(one.variant), int(width or 0), int(height or 0))
