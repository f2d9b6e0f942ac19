"""Street counts that are told to others, over what they stand on."""

from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.services.street.push import StreetPush
from lamplighter_controller.services.street.push_target import PushTarget
from lamplighter_controller.wiring.parts import Deciding, Surroundings


def make_known_movements(parts: Surroundings, counts: StreetCounts) -> KnownMovements:
    """Of all devices."""
    return KnownMovements(counts, parts.store, parts.settings.data_dir / "street-known.json")


def make_street_push(
    parts: Surroundings, core: Deciding, known: KnownMovements, counts: StreetCounts
) -> StreetPush:
    """As it is set.

    Raises:
        InvalidError: nothing can be posted where it shall be.
    """
    settings, store, clock = parts.settings, parts.store, parts.clock
    target = PushTarget(
        settings.street_push_url,
        settings.street_push_token,
        settings.webhooks_local,
        settings.street_push_format,
    )
    progress = settings.data_dir / "street-push.json"
    return StreetPush(store, counts, known, core.events, clock, target, progress)
