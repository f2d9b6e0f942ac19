"""What an operator may weigh differently of what a device decides by itself.

Every field trades one thing that is wanted for another; its description says which. A device
without an order, or with one that says nothing, decides by the defaults.
"""

from typing import Annotated

import msgspec
from msgspec import Meta


def field(about: str, unit: str, least: float, most: float) -> Meta:
    """What a field trades, its unit, and its bounds."""
    return Meta(description=about, ge=least, le=most, extra={"unit": unit})


class DevicePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What devices need of the policy; travels in the desired state."""

    slot_share: Annotated[
        float,
        field(
            "Part of a frame's period that inference may take: more admits slower and more accurate"
            " variants, less leaves room for jitter, decoding and tracking.",
            "share",
            0.1,
            0.95,
        ),
    ] = 0.8
    demand_headroom: Annotated[
        float,
        field(
            "Multiple of the demanded frame rate at which what is switched to must keep its limits:"
            " more means fewer switches when traffic grows, less means more accuracy now.",
            "times",
            1.05,
            3.0,
        ),
    ] = 1.25
    min_accuracy_gain: Annotated[
        float,
        field(
            "Expected accuracy that a switch must gain: less follows every small gain at the price"
            " of downloads and trials, more leaves gains unused.",
            "AP50, 0 to 1",
            0.001,
            0.2,
        ),
    ] = 0.01
    slower_tolerance: Annotated[
        float,
        field(
            "How much slower than predicted a candidate may be in its trial: more accepts a wrong"
            " prediction, less refuses variants for a noisy minute.",
            "share",
            0.0,
            2.0,
        ),
    ] = 0.15
    probation_errors: Annotated[
        int,
        field(
            "Engine errors that end a probation: more forgives a flaw, fewer rolls back sooner.",
            "errors",
            1,
            100,
        ),
    ] = 3
    breach_windows: Annotated[
        int,
        field(
            "Windows of telemetry in a row that must break a limit: fewer react sooner, more pass"
            " over hiccups.",
            "windows",
            1,
            60,
        ),
    ] = 2
    breach_cooldown_s: Annotated[
        float,
        field(
            "Rest after a breach before the next is reported: shorter asks for help again sooner,"
            " longer gives an answer time to take effect.",
            "s",
            0.0,
            86_400.0,
        ),
    ] = 60.0
    lost_frames_breach: Annotated[
        float,
        field(
            "Part of the due frames that may be lost before it is a breach: less guards counts,"
            " more keeps a more accurate variant through short peaks.",
            "share",
            0.01,
            1.0,
        ),
    ] = 0.2
    power_estimate_excess: Annotated[
        float,
        field(
            "How far an estimated power may lie above its budget: less keeps the budget strictly,"
            " more spares switches that only the estimate's error asks for.",
            "share",
            0.0,
            1.0,
        ),
    ] = 0.1
    density_window_s: Annotated[
        float,
        field(
            "Stretch over which density is judged, and after which an unneeded demand falls (two"
            " signal cycles; longer where a longer cycle is learned): shorter notices a jam sooner,"
            " longer takes no red light for one.",
            "s",
            10.0,
            3600.0,
        ),
    ] = 180.0
    shift_cooldown_s: Annotated[
        float,
        field(
            "Rest after a change of regime: shorter follows a restless street, longer saves answers"
            " to what passes.",
            "s",
            1.0,
            86_400.0,
        ),
    ] = 60.0
    shifts_per_hour: Annotated[
        float,
        field(
            "Changes of regime that a device may report in an hour: more follows, fewer bounds the"
            " work of controller and link.",
            "per hour",
            1.0,
            240.0,
        ),
    ] = 12.0
    demand_cooldown_s: Annotated[
        float,
        field(
            "Rest after a change of the demanded rate alone (an eighth of it where it rises):"
            " shorter follows traffic, longer spares switches.",
            "s",
            1.0,
            86_400.0,
        ),
    ] = 240.0
    demand_changes_per_hour: Annotated[
        float,
        field(
            "Changes of the demanded rate alone that a device may report in an hour: more follows,"
            " fewer bounds the work of controller and link.",
            "per hour",
            1.0,
            240.0,
        ),
    ] = 8.0
    least_still_share: Annotated[
        float,
        field(
            "Share of time with nobody in view, over some minutes, from which on the network rests"
            " while nothing moves: less saves energy on quieter streets, more compares fewer"
            " pictures in vain; 1: it never rests.",
            "share",
            0.0,
            1.0,
        ),
    ] = 1.0
    longest_rest_s: Annotated[
        float,
        field(
            "The longest that the network rests while nothing moves: longer saves energy at night,"
            " shorter finds sooner whom no motion gave away.",
            "s",
            0.5,
            60.0,
        ),
    ] = 5.0


DEFAULTS = DevicePolicy()
