"""Which runtimes this device reports: those that load and run a small network on it."""

import logging
import platform
from collections.abc import Callable
from pathlib import Path

from lamplighter_agent.device.capabilities import PROC, cpu_flags
from lamplighter_agent.device.kept_files import KeptFiles, WorkingRuntimes
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_agent.runtimes.self_test import failure_of

log = logging.getLogger(__name__)


def working_runtimes(
    runtimes: Runtimes,
    kept: KeptFiles,
    failure: Callable[[str, str], str] = failure_of,
    proc: Path = PROC,
) -> Runtimes:
    """Those of the installed runtimes that work here.

    What worked is not tried again until its version or the processor changes; what failed is tried
    at each start, for it may have been mended.
    """
    processor = _processor(proc)
    before = kept.working_runtimes()
    passed = before.versions if before and before.processor == processor else {}
    working: dict[str, str] = {}
    for name, version in runtimes.versions().items():
        reason = "" if passed.get(name) == version else failure(name, version)
        if reason:
            log.warning("the runtime %s is installed, but does not work here: %s", name, reason)
        else:
            working[name] = version
    if working != passed:
        kept.keep_working_runtimes(WorkingRuntimes(processor=processor, versions=working))
    return runtimes.without(runtimes.versions().keys() - working)


def _processor(proc: Path) -> str:
    """Its model and all its instruction sets: a card may be moved to another board."""
    flags, model = cpu_flags(proc / "cpuinfo")
    return " ".join([platform.machine(), platform.python_version(), model, *sorted(flags)])
