"""Paths that are given on command lines."""

import argparse
from pathlib import Path

EMPTY_PATH = "the path is empty; write one, or . for the folder that you are in"


def given_path(text: str) -> Path:
    """A path as the type of an argument.

    An empty one, such as of a variable that is not set, would be the folder that one happens to be
    in.

    Raises:
        argparse.ArgumentTypeError: it is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError(EMPTY_PATH)
    return Path(text)
