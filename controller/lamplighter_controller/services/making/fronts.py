"""All points of the catalogue as they would be on a device."""

from dataclasses import replace

import msgspec
from lamplighter_client.documents.making.fronts import Front, FrontPoint
from lamplighter_wire.messages import OperatingPoint, Prediction
from lamplighter_wire.rules.regimes import regime_of
from lamplighter_wire.rules.sizes import size_key

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import limits_for
from lamplighter_controller.domain.operating_points import Choice, candidates
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.errors import ConflictError, InvalidError
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import DeviceViews, is_ready
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.store.base import DeviceStore


class Fronts:
    """As the planner judges points; reads only. Called on the deciding thread."""

    def __init__(
        self, devices: DeviceStore, catalogue: Catalogue, views: DeviceViews, learning: Learning
    ) -> None:
        self._devices = devices
        self._catalogue = catalogue
        self._views = views
        self._learning = learning

    def of(self, device: str, regime: str = "") -> Front:
        """The points of a device, in its regime of now or in another one.

        Raises:
            NotFoundError: there is no such device.
            ConflictError: too little is known of it.
            InvalidError: its task knows no such regime.
        """
        record = self._devices.device(device)
        if not is_ready(record):
            raise ConflictError(
                f"{device} has not reported capabilities and probe yet;"
                " start its agent, or wait until it has measured itself"
            )
        view = in_regime(self._views.view(record), regime)
        objective = self._views.objective(record)
        specs = self._catalogue.specs_for(record.id, record.site)
        able, out = candidates(view, objective, specs, self._learning.predictor(view))
        points = [_able(view, choice) for choice in able]
        points += [
            _out(view, one.spec, one.size, one.predicted, one.rejected_because) for one in out
        ]
        return Front(
            device=device,
            hardware=view.hardware_class,
            processor=view.capabilities.cpu_model,
            site=record.site,
            regime=view.regime,
            regimes=list(view.regimes),
            fps_demand=view.current_demand.fps,
            limits=limits_for(objective, view.capabilities),
            serving=view.serving,
            points=points,
        )


def in_regime(view: DeviceView, regime: str) -> DeviceView:
    """The same device, were its street in another regime; empty: as it is.

    Raises:
        InvalidError: its task knows no such regime.
    """
    if not regime or regime == view.regime:
        return view
    if regime not in view.regimes:
        raise InvalidError(f"no regime {regime!r}; there are: {', '.join(view.regimes)}")
    workload = msgspec.structs.replace(
        view.workload,
        regime=regime_of(regime, view.task.axes),
        fps_demand=view.demand(regime).fps,
    )
    return replace(view, workload=workload)


def _able(view: DeviceView, choice: Choice) -> FrontPoint:
    size = size_key(choice.point.width, choice.point.height)
    point = _out(view, choice.spec, size, choice.predicted, "")
    return msgspec.structs.replace(point, fps_limit=choice.fps_limit, broken=choice.broken)


def _out(
    view: DeviceView, spec: VariantSpec, size: str, predicted: Prediction | None, why: str
) -> FrontPoint:
    return FrontPoint(
        variant=spec.id,
        recipe=spec.recipe,
        model=spec.model,
        precision=spec.precision,
        size=size,
        built=spec.built,
        is_held=spec.id in view.resident,
        is_serving=_serves(view.serving, spec.id, size),
        wire_bytes=spec.wire_bytes or spec.size_bytes,
        build_seconds=spec.build_seconds,
        predicted=predicted,
        rejected_because=why,
    )


def _serves(serving: OperatingPoint | None, variant: str, size: str) -> bool:
    if serving is None or serving.variant != variant:
        return False
    return size_key(serving.width, serving.height) == size
