"""Where a device stands, as its street says, else its labels and its site."""

from lamplighter_client.street.ngsi_ld import Place, place_of

from lamplighter_controller.store.configurations.stores import ConfigurationStore
from lamplighter_controller.store.records import DeviceRecord


def place_at(device: DeviceRecord, configurations: ConfigurationStore) -> Place:
    """Of all its cameras."""
    wanted = configurations.configuration(device.id)
    positions = wanted.street.positions if wanted is not None and wanted.street else ()
    return place_of(device.site, device.labels, positions)
