"""The command line."""


def main() -> None:
    """Entry point of `lamplighter`."""
    from lamplighter_wire.command_line.beginning import end_at_once

    end_at_once()
    import sys

    from lamplighter_wire.command_line.given_secrets import hide_arguments

    for option in ("--token", "--database"):
        hide_arguments(option, sys.argv)
    from lamplighter_cli.edge import run

    run()
