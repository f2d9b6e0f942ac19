"""The catalogue: every variant that is built or could be."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.decoders.decoder import is_foreign

from lamplighter_controller.domain.expected_accuracy import at_site
from lamplighter_controller.domain.prediction.dominance import with_dominators
from lamplighter_controller.domain.prediction.expected_work import with_expected_work
from lamplighter_controller.domain.sites.site_variants import SiteAccuracy, offered_at
from lamplighter_controller.domain.street.at_camera import at_camera
from lamplighter_controller.domain.street.camera_figures import with_camera_figures
from lamplighter_controller.domain.street.expected_counts import with_expected_counts
from lamplighter_controller.domain.street.labelled import CameraKnown
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.store.base import VariantStore
from lamplighter_controller.store.records import VariantRecord

# While the workshop may offer more, it is asked so often.
ASK_S = 1.0
# What so many devices were offered last is not worked out again.
MOST_DEVICES = 256


class _ForDevice(NamedTuple):
    """What one device was offered last, and what that followed from."""

    specs: list[VariantSpec]
    camera: CameraKnown
    expected: list[VariantSpec]


class Catalogue:
    """Puts together what was built and what the workshop offers; kept until that is another."""

    def __init__(
        self,
        variants: VariantStore,
        builder: Builder,
        clock: Clock,
        accuracy_at: Callable[[str], SiteAccuracy] = lambda _site: {},
        camera_of: Callable[[str], CameraKnown] = lambda _device: CameraKnown(),
    ) -> None:
        """`accuracy_at`: what the work on a site's parent has found of parents there. `camera_of`:
        what is known of a device's own cameras."""
        self._camera_of = camera_of
        self._variants = variants
        self._accuracy_at = accuracy_at
        self._builder = builder
        self._clock = clock
        self._specs: dict[str, VariantSpec] | None = None
        self._state: object = None  # of models and of the workshop, when these were put together
        self._offered: list[VariantSpec] = []  # from which they were
        self._asked_at = 0.0  # for offers
        self._digest = ""  # of these; empty: not computed yet
        self._specs_of_sites: dict[str, VariantSpec] | None = None
        self._at_sites: dict[str, list[VariantSpec]] = {}  # these, by site
        self._for_devices: dict[str, _ForDevice] = {}

    def specs(self) -> list[VariantSpec]:
        """All variants, by id."""
        return list(self._by_id().values())

    def specs_at(self, site: str) -> list[VariantSpec]:
        """What a site is offered, with the accuracy that is expected of each variant there.

        Empty: a site of which nothing is known. Each knows which of its points others are no worse
        than.
        """
        specs = self._by_id()
        if specs is not self._specs_of_sites:
            self._specs_of_sites, self._at_sites = specs, {}
        known = site if self._is_known(site, specs) else ""
        if known not in self._at_sites:
            offered = offered_at(specs.values(), known, self._accuracy_at(known))
            self._at_sites[known] = with_dominators(at_site(offered, known))
        return self._at_sites[known]

    def specs_for(self, device: str, site: str) -> list[VariantSpec]:
        """The same, by what is known of the device's own cameras, where that is enough."""
        specs, camera = self.specs_at(site), self._camera_of(device)
        if not any(camera):
            return specs
        known = self._for_devices.pop(device, None)
        if known is None or known.specs is not specs or known.camera != camera:
            known = _ForDevice(specs, camera, _before(specs, camera))
        self._for_devices[device] = known  # the one that was asked for last, at the end
        if len(self._for_devices) > MOST_DEVICES:
            del self._for_devices[next(iter(self._for_devices))]
        return known.expected

    def _is_known(self, site: str, specs: dict[str, VariantSpec]) -> bool:
        measured = any(site == spec.site or site in spec.site_ap50 for spec in specs.values())
        return measured or bool(self._accuracy_at(site))

    def forget(self) -> None:
        """Read anew what the workshop offers, and what is known of sites."""
        self._specs = self._specs_of_sites = None
        self._digest = ""

    def find_at(self, variant: str, site: str) -> VariantSpec | None:
        """One variant, with the accuracy that is expected of it at a site."""
        return next((spec for spec in self.specs_at(site) if spec.id == variant), None)

    def find_for(self, variant: str, device: str, site: str) -> VariantSpec | None:
        """The same, by what is known of the device's own cameras."""
        return next((spec for spec in self.specs_for(device, site) if spec.id == variant), None)

    def expected_of(self, variant: str, device: str, site: str) -> VariantSpec | None:
        """The same without working anything out: by the device's own cameras where the last plan
        did, else by its site. From any thread."""
        specs = self.specs_at(site)
        known = self._for_devices.get(device)
        offered = known.expected if known and known.specs is specs else specs
        return next((spec for spec in offered if spec.id == variant), self.find(variant))

    def find(self, variant: str) -> VariantSpec | None:
        """One variant."""
        return self._by_id().get(variant)

    def digest(self) -> str:
        """SHA-256 in hexadecimal of all that plans are made from; other figures, another digest."""
        specs = self._by_id()
        if not self._digest:
            text = msgspec.json.encode(specs, order="deterministic")
            self._digest = hashlib.sha256(text).hexdigest()
        return self._digest

    def is_preparing(self) -> bool:
        """Whether the workshop will offer more as soon as it has prepared its parents."""
        return self._builder.is_preparing()

    def keep(self, spec: VariantSpec) -> None:
        """Register a built variant, or its new figures."""
        self._variants.put_variant(variant_record(spec, self._clock.time()))
        self._specs, self._digest = None, ""

    def _by_id(self) -> dict[str, VariantSpec]:
        """Put together anew when something has changed, for which files are looked at: while there
        may be more, once in a while, as this is asked with every window of every device."""
        # Before the offers are read: it may end meanwhile.
        is_whole = not self.is_preparing() and not self._builder.may_offer_more()
        state, now = (self._builder.models_state(), is_whole), self._clock.monotonic()
        is_due = not is_whole and now - self._asked_at >= ASK_S
        if self._specs is None or state != self._state or is_due:
            offered = list(self._builder.offers())
            if self._specs is None or state != self._state or offered != self._offered:
                self._specs, self._digest = self._merged(offered), ""
            self._state, self._offered, self._asked_at = state, offered, now
        return self._specs

    def _merged(self, offered: list[VariantSpec]) -> dict[str, VariantSpec]:
        merged = merge_built({spec.id: spec for spec in offered}, self._variants.variants())
        by_name = [merged[name] for name in sorted(merged)]
        worked = with_camera_figures(with_expected_work(by_name))
        return {spec.id: spec for spec in with_expected_counts(worked)}


def _before(specs: list[VariantSpec], camera: CameraKnown) -> list[VariantSpec]:
    """What is expected before a camera; the same list where it says nothing."""
    there = at_camera(specs, camera.sights, camera.labelled)
    is_same = all(one is other for one, other in zip(there, specs, strict=True))
    return specs if is_same else with_dominators(there)


def merge_built(
    offers: dict[str, VariantSpec], records: list[VariantRecord]
) -> dict[str, VariantSpec]:
    """Offers, and the built variants in their place where they are still what is offered.

    A variant of an older recipe or parent must not hide the offer to build it anew, and where one
    calibrated for a regime pays, the workshop alone knows. What was built of a user's own model
    goes with it.
    """
    specs = dict(offers)
    for record in records:
        offer, built = offers.get(record.id), spec_of(record)
        is_lasting = not is_foreign(built.decoder)
        is_current = is_lasting if offer is None else offer.manifest == record.manifest
        if is_current and not built.calibration:
            specs[record.id] = _as_offered(built, offer) if offer else built
    return specs


def _as_offered(built: VariantSpec, offer: VariantSpec) -> VariantSpec:
    """With what is known of a variant beside what its build has found out."""
    return msgspec.structs.replace(
        built,
        layers=offer.layers,
        count_errors=offer.count_errors,
        counts_basis=offer.counts_basis,
        camera_figures=offer.camera_figures,
        measured_on=built.measured_on or offer.measured_on,
    )


def spec_of(record: VariantRecord) -> VariantSpec:
    """The planner's view of a built variant."""
    return msgspec.convert(record.document, VariantSpec)


def variant_record(spec: VariantSpec, now: float) -> VariantRecord:
    """A built variant as it is kept."""
    return VariantRecord(
        id=spec.id,
        model=spec.model,
        recipe=spec.recipe,
        manifest=spec.manifest,
        size_bytes=spec.size_bytes,
        built_at=now,
        document=msgspec.to_builtins(spec),
    )
