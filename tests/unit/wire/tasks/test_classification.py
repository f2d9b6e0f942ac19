"""What a picture shows: classes joined, compared, and told apart by the task's name."""

import numpy as np
import pytest
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.decoders.decoder import Decoder
from lamplighter_wire.errors import TaskError
from lamplighter_wire.tasks.registry import find_task, task_reading
from lamplighter_wire.tasks.task import GoldenRun

# Of the network: sports car, limousine, bus, and a cat, which is no answer.
DECODER = Decoder(
    name="classes", classes=("bus", "car"), class_map=(1, 1, 0, -1), activation="softmax"
)
TASK = task_reading(find_task("classification:vehicles"), DECODER)
SHARES = np.array([0.3, 0.25, 0.35, 0.1], np.float32)


def answer(shares: np.ndarray) -> np.ndarray:
    return TASK.decode({"scores": np.log(shares)}, 224, 224, {})


def test_the_network_s_classes_are_joined_to_the_answer_s() -> None:
    rows = answer(SHARES)
    assert rows[:, 0].tolist() == [1, 0]  # two kinds of car outweigh the bus that leads alone
    assert rows[:, 1] == pytest.approx([0.55 / 0.9, 0.35 / 0.9], abs=1e-4)


def test_answers_agree_by_their_likeliest_class() -> None:
    other = answer(np.array([0.1, 0.1, 0.7, 0.1], np.float32))
    assert TASK.agreement(answer(SHARES), answer(SHARES)) == 1.0
    assert TASK.agreement(answer(SHARES), other) == 0.0


def test_golden_probabilities_must_be_reproduced() -> None:
    golden = answer(SHARES)
    same = GoldenRun(golden, {"scores": np.log(SHARES)}, 224, 224)
    other = GoldenRun(golden, {"scores": np.log(np.float32([0.05, 0.05, 0.8, 0.1]))}, 224, 224)
    assert TASK.golden_agreement([same]) == pytest.approx(1.0, abs=1e-4)
    assert TASK.golden_agreement([other]) < 0.9


def test_a_name_keeps_sets_of_classes_apart() -> None:
    assert TASK.name == "classification:vehicles"
    assert find_task("classification").axes == {"light": ("day", "night")}


def test_a_decoder_travels_in_the_manifest_and_costs_others_little() -> None:
    sent = decode(encode(Manifest(decoder=DECODER)), Manifest)
    assert sent.decoder == DECODER
    assert hash(sent.decoder) == hash(DECODER)
    assert b'"decoder":{}' in encode(Manifest())


def test_scores_of_another_network_are_told() -> None:
    with pytest.raises(TaskError, match=r"'classes' cannot read scores \[2\]"):
        answer(SHARES[:2])
    beyond = GoldenRun(np.array([[2, 1.0]], np.float32), {"scores": np.log(SHARES)}, 224, 224)
    with pytest.raises(TaskError, match="cannot read"):
        TASK.golden_agreement([beyond])
