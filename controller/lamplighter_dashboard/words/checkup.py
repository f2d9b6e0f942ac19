"""How the controller stands, in words: what is degraded first, with its remedy. Pure."""

from collections.abc import Sequence

from lamplighter_wire.machine.checkup import Finding, Result

RESULTS = {
    Result.FAILED: ("✖", "error"),
    Result.WARNING: ("▲", "warning"),
    Result.OK: ("●", "well"),
    Result.SKIPPED: ("–", "dim"),
}
ORDER = list(RESULTS)


def by_weight(findings: Sequence[Finding]) -> list[Finding]:
    """What is wrong comes first."""
    return sorted(findings, key=lambda one: ORDER.index(one.result))


def standing(findings: Sequence[Finding]) -> tuple[str, str]:
    """All of it in a few words, and their tone."""
    failed = sum(one.result is Result.FAILED for one in findings)
    doubtful = sum(one.result is Result.WARNING for one in findings)
    if failed:
        return f"✖ {failed} broken, {doubtful} to look at", "error"
    if doubtful:
        return f"▲ {doubtful} to look at", "warning"
    return "● all is well", "well"
