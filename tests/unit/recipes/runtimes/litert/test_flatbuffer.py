"""Files of LiteRT whose large tensors stand behind the graph."""

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert")
from lamplighter_recipes.runtimes.litert.flatbuffer import (
    file_of,
    read_model,
    take_apart,
    write_model,
)
from lamplighter_recipes.runtimes.litert.probe_networks import write_probe_nets
from lamplighter_recipes.runtimes.litert.session import load

SHIPPED = Path(__file__).parents[5] / "agent/lamplighter_agent/runtimes/probe_networks"


def answer(path: Path) -> np.ndarray:
    interpreter = load(path)
    given, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    values = np.random.default_rng(1).random(given["shape"], np.float32)
    interpreter.set_tensor(given["index"], values)
    interpreter.invoke()
    answer: np.ndarray = interpreter.get_tensor(result["index"])
    return answer


def test_the_probe_networks_that_ship_are_those_that_are_written(tmp_path: Path) -> None:
    write_probe_nets(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (SHIPPED / path.name).read_bytes(), path.name


def test_large_tensors_are_pieces_that_files_share(tmp_path: Path) -> None:
    model = read_model(SHIPPED / "dense_fp32.tflite")
    weights = max((bytes(b.data) for b in model.buffers if b.data is not None), key=len)
    write_model(model, file_of(tmp_path, "64x64"))
    other = read_model(SHIPPED / "dense_fp32.tflite")
    other.subgraphs[0].tensors[0].name = b"another name, and so another graph"
    write_model(other, file_of(tmp_path, "96x64"))
    first, second = take_apart(tmp_path)
    assert [piece.name for piece in first.pieces] == ["graph", "tensor1"]
    assert first.pieces[1].data == second.pieces[1].data == weights
    assert first.pieces[0].data != second.pieces[0].data
    whole = file_of(tmp_path, "64x64")
    assert b"".join(piece.data for piece in first.pieces) == whole.read_bytes()
    np.testing.assert_array_equal(answer(whole), answer(SHIPPED / "dense_fp32.tflite"))


def test_a_file_that_keeps_all_inside_is_one_piece(tmp_path: Path) -> None:
    shutil.copy(SHIPPED / "dense_fp32.tflite", file_of(tmp_path, "64x64"))
    (file,) = take_apart(tmp_path)
    assert [piece.name for piece in file.pieces] == ["graph"]
