"""How long work shows that it goes on."""

import logging

import typer


def report(text: str) -> None:
    """A line beside the output."""
    typer.echo(text, err=True)


def print_progress(share: float, stage: str) -> None:
    """How much of a build is done, and what it does."""
    typer.echo(f"{share:4.0%} {stage}", err=True)


def log_progress() -> None:
    """Show what the work logs."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
