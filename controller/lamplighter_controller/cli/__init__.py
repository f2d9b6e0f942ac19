"""The command line."""


def main() -> None:
    """Entry point of `lamplighter`."""
    from lamplighter_controller.cli.app import run

    run()
