"""What was drawn on a device, by the version of its lines, and whether it had any."""

from collections.abc import Collection, Sequence

from lamplighter_wire.messages import Street

from lamplighter_controller.domain.street.intervals import StreetInterval
from lamplighter_controller.store.configurations.stores import ConfigurationStore

# Of a configuration: older lines are no longer told of.
VERSIONS = 20


def known_streets(
    configurations: ConfigurationStore, device: str, versions: Collection[int]
) -> dict[int, Street | None]:
    """The streets of some versions, of those that are still known."""
    newest = configurations.configuration(device) if versions else None
    if newest is None or set(versions) <= {newest.street_version}:
        return {} if newest is None else {newest.street_version: newest.street}
    kept = configurations.configurations(device, VERSIONS)
    return {one.street_version: one.street for one in kept}


def places_of(street: Street, stream: str) -> list[str]:
    """Names of the lines and zones of one camera."""
    lines = [line.name for line in street.lines if line.stream in ("", stream)]
    return lines + [zone.name for zone in street.zones if zone.stream in ("", stream)]


def without_lines(
    intervals: Sequence[StreetInterval], streets: dict[int, Street | None]
) -> set[tuple[str, int]]:
    """Cameras and versions of their street over which nothing can be counted.

    Where a drawing is not known, as of a device's own settings, lines are those that were crossed
    or whose occupancy was told, in any of the intervals.
    """
    told = {(one.stream, one.street) for one in intervals if one.counts or one.occupancy}
    watched = {(one.stream, one.street) for one in intervals if one.watched_s}
    return {
        (stream, version)
        for stream, version in watched - told
        if not ((street := streets.get(version)) and places_of(street, stream))
    }
