"""Exit codes, and the errors that end a command with one line instead of a traceback."""

EXIT_OK = 0
EXIT_FAILED = 1  # it was tried and did not work; the line says why and what to do
EXIT_USAGE = 2  # the command was not understood
EXIT_MISSED = 3  # the demo ran but did not show all it should
EXIT_UNREACHABLE = 4  # no controller answers

EXIT_CODES = {
    EXIT_OK: "Done.",
    EXIT_FAILED: "It was tried and did not work; the message says why and what to do next.",
    EXIT_USAGE: "The command or its options were not understood.",
    EXIT_MISSED: "The demo ran, but did not show all it should; the report says what is missing.",
    EXIT_UNREACHABLE: "No controller answers at the address given.",
}


class CommandError(Exception):
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.code = code
