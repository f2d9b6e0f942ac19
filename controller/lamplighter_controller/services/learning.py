"""What was observed corrects the predictor, per device and hardware class; kept on disk."""

from lamplighter_wire.enums import SourceState
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Prediction,
    Reported,
    Telemetry,
)

from lamplighter_controller.domain.devices import DeviceView, hardware_class
from lamplighter_controller.domain.operating_points import with_counts
from lamplighter_controller.domain.prediction.class_ratios import Doubt
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import Predictor, observed
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.store.base import ObservationStore
from lamplighter_controller.store.records import DeviceRecord

# A shorter window says more about one hiccup than about the device.
MIN_FRAMES = 8


class Learning:
    """Holds what devices have taught, and keeps it on disk."""

    def __init__(
        self, observations: ObservationStore, catalogue: Catalogue, views: DeviceViews
    ) -> None:
        self._observations = observations
        self._catalogue = catalogue
        self._views = views
        self.experience = Experience()

    def load(self) -> None:
        """Read back what was learnt before."""
        self.experience = Experience(self._observations.observations())

    def predictor(self, view: DeviceView) -> Predictor:
        """For one device, as corrected so far."""
        return self.experience.predictor(view)

    def doubt(self, record: DeviceRecord) -> Doubt | None:
        """Why what a device measures teaches no other; None: it does."""
        hardware = hardware_class(record.capabilities or Capabilities())
        return self.experience.doubt(record.id, hardware)

    def begin_anew(self, record: DeviceRecord) -> None:
        """A device has measured itself: if its word was in doubt, what it taught is forgotten."""
        if self.doubt(record) is not None:
            self.forget(record.id)

    def forget(self, device: str) -> None:
        """What it taught counts no longer."""
        self.experience.forget(device)
        self._observations.put_observations(device, [])

    def learn_window(self, view: DeviceView, window: Telemetry) -> bool:
        """One window of what the device serves; whether it taught anything. Not kept on disk."""
        if window.frames < MIN_FRAMES or window.source_state != SourceState.OK:
            return False
        return self._learn(
            view,
            window.serving,
            latency_p50_ms=window.latency_p50_ms,
            latency_p95_ms=window.latency_p95_ms,
            # Also an estimate: it follows from the whole agent's processor time, decoding included,
            # and the power budget is judged by it. A deployment's own work is no frame's energy;
            # where the network rests, its frames bear what looking at the others took.
            energy_mj=0.0 if window.disturbed or window.rested else window.energy_mj_per_frame,
        )

    def from_trial(self, record: DeviceRecord, reported: Reported, point: OperatingPoint) -> None:
        """The paired trial on the device, also of a refused candidate."""
        if reported.trial is None or not reported.trial.pairs:
            return
        taught = self._learn(
            self._views.view(record),
            point,
            latency_p50_ms=reported.trial.candidate_p50_ms,
            latency_p95_ms=reported.trial.candidate_p95_ms,
            alone=not reported.trial.incumbent_p50_ms,
        )
        if taught:
            self._observations.put_observations(record.id, list(self.experience.of(record.id)))

    def has_observed(self, record: DeviceRecord, point: OperatingPoint) -> bool:
        """Whether the device itself has measured a point."""
        spec = self._catalogue.find(point.variant)
        view = self._views.view(record)
        return spec is not None and self.predictor(view).has_observed(
            view, spec, point.width, point.height
        )

    def predict(self, record: DeviceRecord, point: OperatingPoint) -> Prediction | None:
        """Figures of a point in the device's regime, at its site; None when it is not in the
        catalogue."""
        spec = self._catalogue.find_for(point.variant, record.id, record.site)
        if spec is None:
            return None
        view = self._views.view(record)
        predicted = self.predictor(view).predict(view, spec, point.width, point.height)
        return with_counts(view, spec, predicted, point)

    def _learn(
        self,
        view: DeviceView,
        point: OperatingPoint,
        *,
        latency_p50_ms: float,
        latency_p95_ms: float,
        energy_mj: float = 0.0,
        alone: bool = False,
    ) -> bool:
        spec = self._catalogue.find(point.variant)
        if spec is None or latency_p50_ms <= 0:
            return False
        observation = observed(
            view,
            spec,
            point.width,
            point.height,
            latency_p50_ms=latency_p50_ms,
            latency_p95_ms=latency_p95_ms,
            energy_mj=energy_mj,
            threads=point.threads,
            alone=alone,
        )
        if not observation.is_sound:
            return False
        self.experience.add(observation)
        return True
