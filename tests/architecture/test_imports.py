"""Dependencies point one way, and starting an agent loads nothing of the server's."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "fastapi", "sqlalchemy", "textual", "onnx", "cv2", "pydantic", "httpx"}


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import lamplighter_wire.transport.mqtt",
        "import lamplighter_agent.__main__",
        "import lamplighter_agent.bootstrap",
    ],
)
def test_the_device_loads_none_of_the_server_stack(statement: str) -> None:
    assert _loaded_by(statement) & HEAVY == set()


def test_reading_recipes_does_not_load_torch() -> None:
    statement = "from lamplighter_recipes.recipe.loader import load_catalogue; load_catalogue()"
    assert "torch" not in _loaded_by(statement)


def test_the_controller_serves_without_torch() -> None:
    assert "torch" not in _loaded_by("import lamplighter_controller.bootstrap")


def test_who_does_not_build_on_dask_does_not_load_it() -> None:
    assert "distributed" not in _loaded_by("import lamplighter_controller.bootstrap")


def test_a_dask_worker_needs_nothing_of_the_controllers_server() -> None:
    rooms = "lamplighter_controller.workshop"
    loaded = _loaded_by(f"import {rooms}.remote.dask_worker, {rooms}.tasks")
    server = {"fastapi", "sqlalchemy", "alembic", "httpx", "typer", "uvicorn"}
    assert loaded & server == set()


def test_importing_the_agent_does_not_start_onnxruntime() -> None:
    assert "onnxruntime" not in _loaded_by("import lamplighter_agent")
