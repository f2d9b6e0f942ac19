"""What ends the demo or a benchmark of it."""

from lamplighter_controller.errors import ControllerError


class DemoError(ControllerError):
    """It could not go on; the text says which part failed and shows its log."""
