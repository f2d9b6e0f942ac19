"""Entry point of `lamplighter-agent`."""


def main() -> int:
    """The exit code."""
    from lamplighter_wire.command_line.beginning import end_at_once

    end_at_once()
    from lamplighter_agent.__main__ import main as run

    return run()
