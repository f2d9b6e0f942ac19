"""The demo city: real controller, broker and agents as processes, on recorded streets."""

from pathlib import Path


def run_demo(
    *,
    headless: bool,
    devices: int = 6,
    report: Path | None = None,
    folder: Path = Path("var/demo"),
    phase_s: float = 45.0,
) -> int:
    """See `lamplighter_demo.run.run_demo`; imported late, it needs the recipes."""
    from lamplighter_demo.run import run_demo as run

    return run(headless=headless, devices=devices, report=report, folder=folder, phase_s=phase_s)
