"""From records to rows of the fleet's table."""

from collections.abc import Sequence

from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_wire.enums import Severity
from lamplighter_wire.messages import Capabilities, OperatingPoint, Reported, Telemetry
from lamplighter_wire.street.turns import crossings
from msgspec.structs import replace

from lamplighter_controller.domain.attention.health import Notice
from lamplighter_controller.domain.attention.marks import unmarked
from lamplighter_controller.domain.devices import hardware_class
from lamplighter_controller.domain.groups.facts import DeviceFacts
from lamplighter_controller.domain.objectives import limits_for
from lamplighter_controller.domain.overrides.overrides import InForce
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.store.records import DeviceRecord


class RowBuilder:
    """Puts rows together from what is known of devices."""

    def __init__(self, catalogue: Catalogue, views: DeviceViews) -> None:
        self._catalogue = catalogue
        self._views = views

    def row(
        self,
        record: DeviceRecord,
        facts: DeviceFacts,
        notices: Sequence[Notice],
        groups: Sequence[str],
    ) -> FleetRow:
        """One device."""
        still_open = unmarked(notices)
        worst = still_open[0] if still_open else None
        known = record.capabilities or Capabilities()
        limits = limits_for(self._views.objective(record), known)
        row = FleetRow(
            id=record.id,
            site=record.site,
            labels=record.labels,
            groups=list(groups),
            state=facts.state,
            severity=worst.severity if worst else Severity.INFO,
            notice=worst.kind if worst else "",
            notice_text=worst.text if worst else "",
            notices=len(still_open),
            marked=len(notices) - len(still_open),
            last_seen=record.last_seen,
            hardware=hardware_class(known) if record.capabilities else "",
            processor=known.cpu_model,
            certificate_ends_at=round(known.certificate_ends_at or 0.0),
            machine=known.machine,
            agent=record.agent_version,
            cameras=len(stream_ids(record.capabilities)) if record.capabilities else 0,
            latency_limit_ms=limits.latency_p95_ms,
            power_limit_w=limits.power_w,
            revision=record.revision,
            by_hand=_by_hand(self._views.overrides(record)),
        )
        return replace(
            row,
            **self._served(record, facts),
            **_measured(record.newest_window, record.newest_window_at),
            **_deployed(record.reported),
        )

    def _served(self, record: DeviceRecord, facts: DeviceFacts) -> dict[str, object]:
        point = served_point(record)
        if not point.variant:
            return {}
        spec = self._catalogue.expected_of(point.variant, record.id, record.site)
        served: dict[str, object] = {
            "variant": point.variant,
            "model": spec.model if spec else facts.model,
            "model_version": spec.model_version if spec else facts.version,
            "width": point.width,
            "height": point.height,
        }
        if spec is None:
            return served
        seen = record.workload or record.newest_window
        regime = str(seen.regime) if seen else ""
        return served | {"recipe": spec.recipe} | _accuracy(spec, point, regime)


def _accuracy(spec: VariantSpec, point: OperatingPoint, regime: str) -> dict[str, object]:
    """What is expected where the device stands, and what says so."""
    sized = spec.at(point.width, point.height)
    ap50, share = sized.ap50_in(regime) or 0.0, sized.share_in(regime)
    likely = ap50 / share.share if share.share else 0.0
    return {
        "expected_ap50": round(ap50, 4),
        "measured_on": spec.measured_on,
        "ap50_basis": share.basis,
        "ap50_low": round(likely * share.low, 4),
        "ap50_high": round(min(1.0, likely * share.high), 4),
    }


def served_point(record: DeviceRecord) -> OperatingPoint:
    """As measured last, else as the device reports; without a variant where it serves none."""
    for source in (record.newest_window, record.reported):
        if source is not None and source.serving.variant:
            return source.serving
    return OperatingPoint()


def _measured(window: Telemetry | None, received_at: float) -> dict[str, object]:
    if window is None:
        return {}
    temperature = window.temperature_c
    return {
        "window_at": received_at,
        "window_s": round(window.seconds, 2),
        "regime": str(window.regime),
        "fps_demand": round(window.fps_demand, 2),
        "fps_served": round(window.fps_served, 2),
        "latency_p95_ms": round(window.latency_p95_ms, 2),
        "energy_mj_per_frame": round(window.energy_mj_per_frame, 2),
        "energy_source": window.energy_source,
        "power_w": round(window.power_w, 3),
        "temperature_c": None if temperature is None else round(temperature, 1),
        "counts": crossings(window.counts),
    }


def _deployed(reported: Reported | None) -> dict[str, object]:
    if reported is None:
        return {}
    total = reported.transfer.chunks_total
    fetched = 1 - reported.transfer.chunks_missing / total if total else 0.0
    return {
        "phase": reported.phase,
        "outcome": str(reported.outcome),
        "reason": reported.reason,
        "fetched": round(fetched, 3),
    }


def _by_hand(in_force: InForce) -> list[str]:
    return sorted({str(one.kind) for one in in_force.all if not one.is_policy})
