"""What holds before the edge of a command line is there: nothing has begun that could be lost."""

import signal


def end_at_once() -> None:
    """Ctrl-C while a program is loaded ends it without a word, as a signal does.

    Where somebody has said otherwise it stays so.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
