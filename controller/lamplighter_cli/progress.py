"""How long work shows that it goes on."""

import logging

import typer


def say(text: str) -> None:
    typer.echo(text, err=True)


def print_progress(share: float, stage: str) -> None:
    typer.echo(f"{share:4.0%} {stage}", err=True)


def log_progress() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
