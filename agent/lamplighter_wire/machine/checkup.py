"""Checks of an installation: what each looked at, what it found, what to mend."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import msgspec

from lamplighter_wire.command_line.shown_addresses import conceal_addresses


class Result(StrEnum):
    """Of one check, the worst last."""

    OK = "ok"
    SKIPPED = "skipped"  # there was nothing to look at
    WARNING = "warning"  # it works, but not as it should, or not for long
    FAILED = "failed"  # it cannot work


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check says."""

    check: str
    looked_at: str
    result: Result
    found: str
    mend: str = ""  # what to do; empty where nothing is to be done


Check = Callable[[], Iterable[Finding]]


def look(
    checks: Mapping[str, Check], said: Callable[[Finding], None] | None = None
) -> list[Finding]:
    """Make all checks, one after the other; one that cannot be made is itself a finding.

    Args:
        checks: by name.
        said: called with each finding as soon as there is one.
    """
    findings: list[Finding] = []
    for name, check in checks.items():
        for finding in _guarded(name, check):
            findings.append(finding)
            if said is not None:
                said(finding)
    return findings


def _guarded(name: str, check: Check) -> Iterable[Finding]:
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - one check must not keep others from being made
        text = conceal_addresses(f"{type(error).__name__}: {error}")
        yield Finding(check=name, looked_at="", result=Result.FAILED, found=text)


def has_failed(findings: Iterable[Finding]) -> bool:
    """Whether something cannot work."""
    return any(finding.result is Result.FAILED for finding in findings)


def lines_of(finding: Finding) -> list[str]:
    """For people: the result first, then what it is about, then what to do."""
    at = f" ({finding.looked_at})" if finding.looked_at else ""
    lines = [f"{finding.result:8} {finding.check:12} {finding.found}{at}"]
    if finding.mend:
        lines.append(f"{'':21} mend: {finding.mend}")
    return lines


def summary(findings: Iterable[Finding]) -> str:
    """How many of each result, in one line."""
    results = [finding.result for finding in findings]
    counts = [(results.count(result), result) for result in Result]
    return ", ".join(f"{count} {result}" for count, result in counts if count)


def ok(check: str, looked_at: str, found: str) -> Finding:
    """A finding that all is well."""
    return Finding(check=check, looked_at=looked_at, result=Result.OK, found=found)


def skipped(check: str, looked_at: str, found: str) -> Finding:
    """A finding that there was nothing to look at."""
    return Finding(check=check, looked_at=looked_at, result=Result.SKIPPED, found=found)


def warning(check: str, looked_at: str, found: str, mend: str) -> Finding:
    """A finding of what works, but not as it should."""
    return Finding(check=check, looked_at=looked_at, result=Result.WARNING, found=found, mend=mend)


def failed(check: str, looked_at: str, found: str, mend: str) -> Finding:
    """A finding of what cannot work."""
    return Finding(check=check, looked_at=looked_at, result=Result.FAILED, found=found, mend=mend)
