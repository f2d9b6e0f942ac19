"""The command line."""


def main() -> None:
    """Entry point of `lamplighter`."""
    from lamplighter_cli.app import run

    run()
