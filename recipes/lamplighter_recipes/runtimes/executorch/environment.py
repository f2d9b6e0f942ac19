"""ExecuTorch's environment: another Python, named by an environment variable."""

import io
import os
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.errors import ExportError, RecipeError
from lamplighter_recipes.recipe.runtime_facts import runtime_facts
from lamplighter_recipes.runtimes.executorch import child
from lamplighter_recipes.runtimes.runtime import Images

NAME = "executorch"
LOWER_S = 900.0  # three sizes of the full network take a minute each on a busy machine


def lower(program: Path, target: Path, pictures: Path | None = None) -> None:
    """Make a `.pte` of an exported program; with pictures, in 8 bits.

    Raises:
        RecipeError: there is no such environment.
        ExportError: it cannot be lowered; says why.
    """
    more = [str(pictures)] if pictures else []
    command = [*_command(), "lower", str(program), str(target), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LOWER_S)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ExportError(f"it cannot be lowered for ExecuTorch: {reason}")


class Runner:
    """ExecuTorch's runner over one model, in a process that ends with this object.

    Raises:
        RecipeError: there is no such environment.
    """

    def __init__(self, model: Path) -> None:
        self._process = subprocess.Popen(
            [*_command(), "serve", str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, picture: Images) -> list[NDArray[np.float32]]:
        """Outputs of one picture [1,H,W,3], in the network's order.

        Raises:
            ExportError: the runner has ended.
        """
        data = io.BytesIO()
        np.save(data, picture)
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None and answers is not None  # noqa: S101 - both are pipes
        try:
            given.write(len(data.getvalue()).to_bytes(8, "little") + data.getvalue())
            given.flush()
        except OSError as error:
            raise ExportError(f"ExecuTorch's runner has ended: {error}") from error
        head = answers.read(8)
        if not head:
            raise ExportError("ExecuTorch's runner cannot run the model")
        with np.load(io.BytesIO(answers.read(int.from_bytes(head, "little")))) as outputs:
            return [outputs[name] for name in outputs.files]

    def __del__(self) -> None:
        process = getattr(self, "_process", None)
        if process is not None:
            process.kill()
            process.wait()


def _command() -> list[str]:
    variable = runtime_facts(NAME).python
    python = os.environ.get(variable, "")
    if not python:
        raise RecipeError(
            "no environment of ExecuTorch is named",
            remedy=f"install executorch into one of its own, and set {variable} to its python",
        )
    return [python, str(Path(child.__file__))]
