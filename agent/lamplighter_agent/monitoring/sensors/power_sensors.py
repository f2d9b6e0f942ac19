"""Which files below /sys tell what this device draws, and what each is worth.

A meter of a graphics card or a disk is none of the device's; a battery that is being charged says
what goes into it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

SYS = Path("/sys")
MICRO, MILLI = 1e-6, 1e-3
# Shunts and meters of a supply, by how the kernel calls their chips.
SUPPLY_METERS = ("ina", "ltc", "power_meter", "pac1", "adm1", "lm25066", "max34", "tps", "pmbus")
# Of a chip with several shunts, the one that all goes through.
INPUT_LABELS = ("VDD_IN", "POM_5V_IN", "5V_IN", "IN")
# What is more is a driver's word for an error.
MOST_W = 100_000.0
DISCHARGING = ("discharging", "")  # as the kernel says; some drivers say nothing


@dataclass(frozen=True, slots=True)
class PowerSensor:
    """`kind`: ina | battery | rapl; of a counter, `watts` is None and `zones` are its folders."""

    kind: str
    watts: Callable[[], float] | None = None
    zones: tuple[Path, ...] = ()


def power_sensors(sys: Path = SYS) -> list[PowerSensor]:
    """Those that there are, best first: a shunt, package counters, batteries."""
    found = [PowerSensor("ina", watts) for watts in _shunts(sys)]
    zones = tuple(
        file.parent
        for file in sorted(sys.glob("class/powercap/*-rapl:[0-9]*/energy_uj"))
        if file.parent.name.count(":") == 1 and readable(file)
    )
    if zones:
        found.append(PowerSensor("rapl", zones=zones))
    batteries = [
        folder
        for folder in sorted(sys.glob("class/power_supply/BAT*"))
        if readable(folder / "power_now") or readable(folder / "current_now")
    ]
    if batteries:
        found.append(PowerSensor("battery", partial(_drawn_w, sys, batteries)))
    return found


def number(file: Path) -> float:
    """What a file holds.

    Raises:
        OSError, ValueError: it cannot be read, or is no number.
    """
    return float(file.read_text().strip())


def readable(file: Path) -> bool:
    """Whether a file holds a number."""
    try:
        number(file)
    except (OSError, ValueError):
        return False
    return True


def _shunts(sys: Path) -> list[Callable[[], float]]:
    found: list[Callable[[], float]] = []
    for folder in sorted(sys.glob("class/hwmon/hwmon*")):
        if not _text(folder / "name").lower().startswith(SUPPLY_METERS):
            continue
        if readable(folder / "power1_input"):
            found.append(partial(_power_w, folder / "power1_input"))
        elif channel := _input_channel(folder):
            found.append(
                partial(_product_w, folder / f"in{channel}_input", folder / f"curr{channel}_input")
            )
    return found


def _power_w(microwatts: Path) -> float:
    return _checked(number(microwatts) * MICRO)


def _product_w(millivolts: Path, milliamperes: Path) -> float:
    return _checked(number(millivolts) * MILLI * number(milliamperes) * MILLI)


def _input_channel(folder: Path) -> str:
    """Of a chip that gives volts and amperes one by one; empty: it gives none."""
    channels = [
        file.name.removeprefix("curr").removesuffix("_input")
        for file in sorted(folder.glob("curr*_input"))
    ]
    channels = [channel for channel in channels if readable(folder / f"in{channel}_input")]
    named = {_text(folder / f"in{channel}_label").upper(): channel for channel in channels}
    return next(
        (named[label] for label in INPUT_LABELS if label in named), channels[0] if channels else ""
    )


def _drawn_w(sys: Path, batteries: list[Path]) -> float:
    """Of all batteries that are being emptied.

    Raises:
        OSError, ValueError: they cannot be read, or the device runs on mains.
    """
    statuses = {folder: _text(folder / "status").lower() for folder in batteries}
    emptied = [folder for folder, status in statuses.items() if status in DISCHARGING]
    if not emptied or (not any(statuses.values()) and _on_mains(sys)):
        raise ValueError("on mains: a battery does not tell what is drawn")
    return sum(_battery_w(folder) for folder in emptied)


def _battery_w(folder: Path) -> float:
    if readable(folder / "power_now"):
        return _checked(abs(number(folder / "power_now")) * MICRO)
    amperes = abs(number(folder / "current_now")) * MICRO
    return _checked(amperes * number(folder / "voltage_now") * MICRO)


def _on_mains(sys: Path) -> bool:
    supplies = sys.glob("class/power_supply/*")
    return any(
        _text(folder / "type") != "Battery" and _text(folder / "online") == "1"
        for folder in supplies
    )


def _checked(watts: float) -> float:
    if not 0 <= watts < MOST_W:
        raise ValueError(f"{watts:g} W is no power of a device")
    return watts


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
