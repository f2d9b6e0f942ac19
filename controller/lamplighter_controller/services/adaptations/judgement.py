"""Was an answer worth it? Judged by what the device has measured, in the workload that followed."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Protocol

import msgspec
from lamplighter_wire.messages import OperatingPoint, Telemetry, Trial
from lamplighter_wire.rules.limits import work_limits

from lamplighter_controller.domain.justification import MeasuredPoint, justify
from lamplighter_controller.domain.streams import stream_ids
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.store.base import AdaptationStore, DeviceStore
from lamplighter_controller.store.records import DeviceRecord, RecompressionRecord


class Windows(Protocol):
    """Telemetry that was kept."""

    def telemetry(self, device: str, since: float = 0.0, limit: int = 500) -> list[Telemetry]: ...


class Judgement:
    """Judges answers; one whose points were not measured yet waits for the device's windows."""

    def __init__(
        self,
        adaptations: AdaptationStore,
        devices: DeviceStore,
        windows: Windows,
        learning: Learning,
        policies: Policies,
    ) -> None:
        self._adaptations = adaptations
        self._devices = devices
        self._windows = windows
        self._learning = learning
        self._policies = policies

    def judge_measured(self, device: DeviceRecord) -> None:
        """Judge the newest answer that still waited for the device to measure its points."""
        number = self._devices.device_state(device.id).unjudged
        record = self._adaptations.recompression(number) if number else None
        if record is not None:
            self.judge(record, device, None)

    def judge(self, record: RecompressionRecord, device: DeviceRecord, trial: Trial | None) -> None:
        """Compare both points; paired trial figures come first."""
        incumbent_ms = trial.incumbent_p95_ms if trial else 0.0
        candidate_ms = trial.candidate_p95_ms if trial else 0.0
        before = self._measured(device, record.from_point, incumbent_ms)
        after = self._measured(device, record.to_point, candidate_ms)
        desired = current_desired(device)
        if before is None or after is None or desired is None:
            self._devices.update_state(device.id, unjudged=record.id)
            return
        idle_w = device.capabilities.idle_w if device.capabilities else 0.0
        limits = work_limits(desired.limits, len(stream_ids(device.capabilities)))
        policy, fps = self._policies.of(device), self._fps_since(record, device)
        judged = justify(before, after, limits, fps, idle_w, policy)
        changed = msgspec.structs.replace(
            record,
            justified=judged.justified,
            replayed_gain=judged.replayed_gain,
            reasons=[*record.reasons, f"afterwards: {judged.text}"],
        )
        self._adaptations.update_recompression(changed)
        self._devices.update_state(device.id, unjudged=0)

    def _fps_since(self, record: RecompressionRecord, device: DeviceRecord) -> float:
        """The demand that the change brought: median of its own figure and the windows since."""
        windows = self._windows.telemetry(device.id, since=record.began_at)
        demands = demands_of([w for w in windows if w.serving.variant and w.frames])
        fps = median([record.fps_demand, *demands])
        cap = device.capabilities.camera_fps if device.capabilities else 0.0
        return min(fps, cap) if cap > 0 else fps

    def _measured(
        self, device: DeviceRecord, point: OperatingPoint | None, trial_p95_ms: float
    ) -> MeasuredPoint | None:
        """What a point did on this device; None where that was never measured, only predicted.

        AP50 is that of labelled scenes in the device's current regime. `trial_p95_ms` 0: no trial.
        """
        if point is None or not (trial_p95_ms or self._learning.has_observed(device, point)):
            return None
        figures = self._learning.predict(device, point)
        if figures is None:
            return None
        measured = MeasuredPoint(
            latency_p95_ms=figures.latency_p95_ms,
            energy_mj_per_frame=figures.energy_mj_per_frame,
            ap50=figures.expected_ap50,
            memory_bytes=figures.memory_bytes,
            fps_cap=point.fps,
            count_error=figures.count_error if figures.count_error_basis else None,
        )
        return _with_latency(measured, trial_p95_ms) if trial_p95_ms else measured


def demands_of(windows: Sequence[Telemetry]) -> list[float]:
    """Frame rate demanded of the device at each window: of all its streams, each as it was last."""
    by_stream: dict[str, float] = {}
    demands = []
    for window in windows:
        by_stream[window.stream] = window.fps_demand
        demands.append(sum(by_stream.values()))
    return demands


def _with_latency(measured: MeasuredPoint, latency_p95_ms: float) -> MeasuredPoint:
    """Trial latency; energy follows it in proportion."""
    share = latency_p95_ms / measured.latency_p95_ms if measured.latency_p95_ms > 0 else 1.0
    energy = measured.energy_mj_per_frame * share
    return replace(measured, latency_p95_ms=latency_p95_ms, energy_mj_per_frame=energy)
