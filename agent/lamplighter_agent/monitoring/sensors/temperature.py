"""How hot the processor is: of all sensors, its own."""

import psutil

# How the kernel calls them, or begins to; the last is the board's, where there is no better.
PROCESSORS = ("coretemp", "k10temp", "zenpower", "cpu", "soc", "bcm2835", "x86_pkg_temp")
BOARDS = ("acpitz",)
# What is beyond is a sensor that is not connected.
PLAUSIBLE_C = (-40.0, 120.0)


def temperature_c() -> float | None:
    """The hottest of the processor's sensors in degrees Celsius; None where it has none."""
    try:
        sensors = psutil.sensors_temperatures()
    except (AttributeError, OSError, ValueError, LookupError, RuntimeError):
        return None
    for names in (PROCESSORS, BOARDS):
        values = [
            float(sensor.current)
            for name, group in sensors.items()
            if name.lower().startswith(names)
            for sensor in group
            if sensor.current is not None
        ]
        plausible = [value for value in values if PLAUSIBLE_C[0] <= value <= PLAUSIBLE_C[1]]
        if plausible:
            return max(plausible)
    return None
