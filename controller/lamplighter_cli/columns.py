"""What the listings of a running controller show."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from lamplighter_client.documents import (
    Alternative,
    Device,
    Model,
    Notice,
    PlanChange,
    PolicyScope,
    PolicyThreshold,
    SiteParent,
    Variant,
)
from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.wording import cameras_text, served_variant
from lamplighter_wire.messages import Prediction, Telemetry
from lamplighter_wire.policy.choices import value_text, values_text
from lamplighter_wire.rules.accuracy import headline
from lamplighter_wire.words.accuracy import basis_words

from lamplighter_cli.output import Column

# The size whose headline accuracy stands for a variant in a list; of one that was not
# measured at it, the first that it was measured at.
LISTED_SIZE = "384x288"


T = TypeVar("T")
Accuracy = Mapping[str, Mapping[str, float]]


def _window(figure: Callable[[Telemetry], float]) -> Callable[[Device], float | None]:
    """A figure of the newest window, where there is one."""
    return lambda device: figure(device.telemetry) if device.telemetry else None


def _listed_size(variant: Variant) -> str:
    sizes = list(variant.expected_ap50) or [LISTED_SIZE]
    return LISTED_SIZE if LISTED_SIZE in sizes else sizes[0]


def _listed(table: Callable[[Variant], Accuracy]) -> Callable[[Variant], float | None]:
    """A variant's headline of a table by size and regime."""
    return lambda variant: headline(table(variant).get(_listed_size(variant), {}))


def _prediction(
    figure: Callable[[Prediction], float | None],
) -> Callable[[Alternative], float | None]:
    """A predicted figure of a point that may run on the device."""
    return lambda point: figure(point.predicted) if point.predicted else None


def _basis(point: Alternative) -> str:
    predicted = point.predicted
    return basis_words(predicted.ap50_basis, predicted.measured_on) if predicted else ""


def _count_error(predicted: Prediction) -> float | None:
    """Expected error of counts, where one is known."""
    return predicted.count_error if predicted.count_error_basis else None


def _said(threshold: PolicyThreshold, value: float) -> str:
    """A value by its name, where it has one."""
    return value_text(threshold.name, value) if threshold.unit else "any"


def notice_text(notice: Notice) -> str:
    """What is wrong, and what an operator has said of it."""
    return f"{notice.text} ({notice.marked})" if notice.marked else notice.text


# Of what a device serves now, as the fleet's table has it.
POINT_COLUMNS = (
    Column[FleetRow]("SIZE", lambda row: f"{row.width}x{row.height}" if row.width else ""),
    Column[FleetRow]("AP50", lambda row: row.expected_ap50 or None),
    Column[FleetRow]("AP50 IS", lambda row: basis_words(row.ap50_basis, row.measured_on)),
)
_DEVICE_COLUMNS = (
    Column[Device]("DEVICE", lambda device: device.id),
    Column[Device]("ONLINE", lambda device: device.online),
    Column[Device]("SITE", lambda device: device.site),
    Column[Device]("REVISION", lambda device: device.revision),
    Column[Device]("PHASE", lambda device: device.reported and device.reported.phase),
    Column[Device]("SERVING", served_variant),
    Column[Device]("P95 MS", _window(lambda window: window.latency_p95_ms)),
    Column[Device]("FPS", _window(lambda window: window.fps_served)),
    Column[Device]("CAMERA", lambda device: cameras_text(device.capabilities)),
    Column[Device]("MJ/FRAME", _window(lambda window: window.energy_mj_per_frame)),
    Column[Device]("ATTENTION", lambda device: "; ".join(map(notice_text, device.attention))),
)


def device_columns(rows: Mapping[str, FleetRow]) -> list[Column[Device]]:
    """Of a listing of devices; `rows`: what each serves, how accurate, by id."""

    def of_row(title: str, cell: Callable[[FleetRow], object]) -> Column[Device]:
        return Column(title, lambda device: cell(rows.get(device.id, FleetRow())))

    serving = next(i for i, one in enumerate(_DEVICE_COLUMNS) if one.title == "SERVING") + 1
    return [
        *_DEVICE_COLUMNS[:serving],
        *(of_row(column.title, column.cell) for column in POINT_COLUMNS),
        *_DEVICE_COLUMNS[serving:],
    ]


MODEL_COLUMNS = (
    Column[Model]("MODEL", lambda model: model.id),
    Column[Model]("RECIPES", lambda model: model.recipes),
    Column[Model]("VARIANTS", lambda model: len(model.variants)),
)
VARIANT_COLUMNS = (
    Column[Variant]("VARIANT", lambda variant: variant.id),
    Column[Variant]("RECIPE", lambda variant: variant.recipe),
    Column[Variant]("PRECISION", lambda variant: variant.precision),
    Column[Variant]("BUILT", lambda variant: variant.built),
    Column[Variant]("BYTES", lambda variant: variant.size_bytes),
    Column[Variant]("AT", _listed_size),
    Column[Variant]("ACCURACY", _listed(lambda variant: variant.expected_ap50)),
    Column[Variant]("BY CLASS", _listed(lambda variant: variant.class_map50)),
    Column[Variant]("ACCURACY IS", lambda variant: basis_words("", variant.measured_on)),
)


def named_variant_columns(
    variants: Iterable[Variant], name_of: Callable[[T], str]
) -> list[Column[T]]:
    """Of rows that name a variant: what that is worth. Empty: there is no such variant."""
    known = {variant.id: variant for variant in variants}

    def of_variant(title: str, cell: Callable[[Variant], object]) -> Column[T]:
        def found(row: T) -> object:
            variant = known.get(name_of(row))
            return cell(variant) if variant is not None else None

        return Column(title, found)

    return [
        of_variant("AT", _listed_size),
        of_variant("ACCURACY", _listed(lambda variant: variant.expected_ap50)),
        of_variant("ACCURACY IS", lambda variant: basis_words("", variant.measured_on)),
    ]


POLICY_COLUMNS = (
    Column[PolicyThreshold]("THRESHOLD", lambda threshold: threshold.name),
    Column[PolicyThreshold]("VALUE", lambda t: t.text or _said(t, t.value)),
    Column[PolicyThreshold]("UNIT", lambda threshold: threshold.unit),
    Column[PolicyThreshold]("FROM", lambda threshold: threshold.source),
    Column[PolicyThreshold]("DEFAULT", lambda t: _said(t, t.default)),
    Column[PolicyThreshold](
        "BOUNDS",
        lambda t: " or ".join(t.choices) or (f"{t.least:g} to {t.most:g}" if t.unit else None),
    ),
)
POLICY_SCOPE_COLUMNS = (
    Column[PolicyScope]("SCOPE", lambda policy: policy.scope),
    Column[PolicyScope]("VERSION", lambda policy: policy.version),
    Column[PolicyScope](
        "SET",
        lambda policy: [
            *([f"model = {policy.model}"] if policy.model else []),
            *values_text(policy.values),
        ],
    ),
)


def plan_change_columns(variants: Iterable[Variant]) -> list[Column[PlanChange]]:
    """Points before and after, each with its accuracy at its size."""
    known = {variant.id: variant for variant in variants}

    def accuracy(point: str) -> str:
        name, _, rest = point.partition("@")
        variant, size = known.get(name), rest.partition(",")[0]
        value = headline(variant.expected_ap50.get(size, {})) if variant else None
        if variant is None or value is None:
            return ""
        return f"{value:.3f} {basis_words('', variant.measured_on)}".rstrip()

    return [
        Column("DEVICE", lambda change: change.device),
        Column("SERVES", lambda change: change.before),
        Column("ACCURACY", lambda change: accuracy(change.before)),
        Column("WOULD SERVE", lambda change: change.after),
        Column("ACCURACY", lambda change: accuracy(change.after)),
    ]


SITE_COLUMNS = (
    Column[SiteParent]("SITE", lambda site: site.site),
    Column[SiteParent]("PARENT", lambda site: site.parent),
    Column[SiteParent]("STATE", lambda site: site.state),
    Column[SiteParent]("DONE", lambda site: f"{site.progress:.0%}"),
    Column[SiteParent]("AGREED", lambda site: site.agreement.before),
    Column[SiteParent]("AGREES", lambda site: site.agreement.after),
    Column[SiteParent]("WHY", lambda site: "; ".join(site.reasons)),
)
ALTERNATIVE_COLUMNS = (
    Column[Alternative]("VARIANT", lambda point: point.variant),
    Column[Alternative]("SIZE", lambda point: point.size),
    Column[Alternative]("P95 MS", _prediction(lambda predicted: predicted.latency_p95_ms)),
    Column[Alternative]("MJ/FRAME", _prediction(lambda predicted: predicted.energy_mj_per_frame)),
    Column[Alternative]("ACCURACY", _prediction(lambda predicted: predicted.expected_ap50)),
    Column[Alternative]("ACCURACY IS", _basis),
    Column[Alternative]("BY CLASS", _prediction(lambda predicted: predicted.class_map50 or None)),
    Column[Alternative]("COUNTS OFF", _prediction(_count_error)),
    Column[Alternative]("NOT CHOSEN BECAUSE", lambda point: point.rejected_because),
)
