"""Everything that is said between a device and the controller.

All structs are frozen and every field has a default: either side may be older or newer, unknown
fields are ignored, missing ones take their default. Fields are added, never renamed.
"""

from lamplighter_wire.messages.base import Message, Regime, Workload
from lamplighter_wire.messages.configuration import (
    Configuration,
    Configured,
    Street,
    StreetDistance,
    StreetLine,
    StreetMask,
    StreetPosition,
    StreetZone,
)
from lamplighter_wire.messages.device_log import DeviceLog, LogLine, LogOrder
from lamplighter_wire.messages.devices import (
    Authorities,
    Birth,
    CameraFacts,
    Capabilities,
    Probe,
    ProbeEntry,
    SignedKeys,
    SigningKeys,
    Status,
)
from lamplighter_wire.messages.exchanges import (
    Command,
    Confirmed,
    Picture,
    PictureOrder,
    Request,
    ToldTime,
)
from lamplighter_wire.messages.orders import (
    Desired,
    Envelope,
    Limits,
    ManifestPatch,
    OperatingPoint,
    Prediction,
    Rung,
    VariantDelta,
)
from lamplighter_wire.messages.reports import (
    Event,
    Pace,
    Reported,
    SeenHeights,
    Shift,
    Telemetry,
    Transfer,
    Trial,
)
from lamplighter_wire.messages.stills import Still, StillOrder

__all__ = [
    "CHANNEL_TYPES",
    "Authorities",
    "Birth",
    "CameraFacts",
    "Capabilities",
    "Command",
    "Configuration",
    "Configured",
    "Confirmed",
    "Desired",
    "DeviceLog",
    "Envelope",
    "Event",
    "Limits",
    "LogLine",
    "LogOrder",
    "ManifestPatch",
    "Message",
    "OperatingPoint",
    "Pace",
    "Picture",
    "PictureOrder",
    "Prediction",
    "Probe",
    "ProbeEntry",
    "Regime",
    "Reported",
    "Request",
    "Rung",
    "SeenHeights",
    "Shift",
    "SignedKeys",
    "SigningKeys",
    "Status",
    "Still",
    "StillOrder",
    "Street",
    "StreetDistance",
    "StreetLine",
    "StreetMask",
    "StreetPosition",
    "StreetZone",
    "Telemetry",
    "ToldTime",
    "Transfer",
    "Trial",
    "VariantDelta",
    "Workload",
]

CHANNEL_TYPES: dict[str, type[Message]] = {
    "birth": Birth,
    "status": Status,
    "capabilities": Capabilities,
    "probe": Probe,
    "reported": Reported,
    "telemetry": Telemetry,
    "event": Event,
    "request": Request,
    "picture": Picture,
    "still": Still,
    "log": DeviceLog,
    "desired": Envelope,
    "configuration": Envelope,
    "command": Command,
    "confirmed": Confirmed,
}
