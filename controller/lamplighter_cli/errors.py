"""Exit codes, and the errors that end a command with one line instead of a traceback."""

from lamplighter_wire.command_line.edge import MEANINGS

# The extra of this distribution that brings a package which a command needs.
EXTRAS = {
    "aiomqtt": "simulate",
    "av": "video",
    "docker": "docker",
    "libsumo": "sumo",
    "moderngl": "scenes",
    "onnx": "compress",
    "segno": "controller",
    "textual": "dashboard",
    "textual_plotext": "dashboard",
    "aiohttp": "web",
    "textual_serve": "web",
    "torch": "compress",
    "yaml": "controller",
}

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
    **MEANINGS,
}


class CommandError(Exception):
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.code = code


def install_text(error: ModuleNotFoundError) -> str:
    """Which package is missing, and how to install it.

    Empty where it is part of this distribution, which is then broken.
    """
    package = (error.name or "").partition(".")[0]
    if not package or package.startswith("lamplighter_"):
        return ""
    extra = EXTRAS.get(package, "all")
    return f"this needs the package {package}; install it: pip install 'lamplighter[{extra}]'"
