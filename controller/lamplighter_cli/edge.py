"""`lamplighter` as a program: its commands, and how each of its errors ends."""

import os
import sys

from lamplighter_client.errors import (
    ClientError,
    NoControllerError,
    UnaddressableError,
    UnreachableError,
)
from lamplighter_client.inventory.rows import InventoryError
from lamplighter_client.wording import error_text
from lamplighter_controller.errors import ControllerError
from lamplighter_provision.errors import ProvisionError
from lamplighter_recipes.errors import RecipesError
from lamplighter_wire.command_line.edge import Ending, run_command
from lamplighter_wire.errors import WireError

from lamplighter_cli.errors import (
    EXIT_FAILED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    CommandError,
    install_text,
)


def run() -> None:
    """Run the command line; whatever ends a command is one line and an exit code."""
    sys.exit(run_command("lamplighter", _commands, ending_of))


def ending_of(error: Exception) -> Ending | None:
    """How an error of Lamplighter's own ends a command. None: it is none of these."""
    match error:
        case CommandError():
            return Ending(error.code, str(error))
        case NoControllerError() | UnreachableError():
            return Ending(EXIT_UNREACHABLE, error_text(error))
        case UnaddressableError():
            return Ending(EXIT_USAGE, error_text(error))
        case ClientError():
            return Ending(EXIT_FAILED, error_text(error))
        case InventoryError() | ControllerError() | ProvisionError() | RecipesError() | WireError():
            return Ending(EXIT_FAILED, str(error))
        case ModuleNotFoundError() if text := install_text(error):
            return Ending(EXIT_FAILED, text)
    return None


def _commands() -> int:
    from lamplighter_cli.app import app
    from lamplighter_cli.commands.completion import VARIABLE, answer_shells

    if VARIABLE in os.environ:
        answer_shells()
    try:
        app(prog_name="lamplighter")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else EXIT_USAGE * bool(ended.code)
    return 0
