"""Answers as lines of JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.perception import answer_log
from lamplighter_agent.perception.answer_log import ANSWERS_FILE, AnswerLog
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.settings import AgentSettings

FRAME = frame_of(np.zeros((48, 64, 3), np.uint8), at=5.0)
ONE_BOX = FrameResult(np.array([[1, 2, 3, 4, 0.56789, 0]], np.float32), 1.0, 0.001)


def test_one_frame_in_so_many_is_a_line(tmp_path: Path) -> None:
    log = AnswerLog(AgentSettings(state_dir=tmp_path, detections_every=2))
    for _ in range(5):
        log.add(FRAME, ONE_BOX, "v1")
    lines = [json.loads(line) for line in (tmp_path / ANSWERS_FILE).read_text().splitlines()]
    assert len(lines) == 2
    assert lines[0]["variant"] == "v1"
    assert lines[0]["boxes"] == [[1, 2, 3, 4, 0.568, 0]]


def test_without_the_setting_there_is_no_file(tmp_path: Path) -> None:
    AnswerLog(AgentSettings(state_dir=tmp_path)).add(FRAME, ONE_BOX, "v1")
    assert not (tmp_path / ANSWERS_FILE).exists()


def test_the_file_ends_growing_and_a_missing_folder_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_log, "MAX_ANSWERS_BYTES", 10)
    log = AnswerLog(AgentSettings(state_dir=tmp_path, detections_every=1))
    for _ in range(3):
        log.add(FRAME, ONE_BOX, "v1")
    assert len((tmp_path / ANSWERS_FILE).read_text().splitlines()) == 1
    gone = AgentSettings(state_dir=tmp_path / "gone", detections_every=1)
    AnswerLog(gone).add(FRAME, ONE_BOX, "v1")


def test_each_stream_counts_its_own_frames(tmp_path: Path) -> None:
    settings = AgentSettings(
        state_dir=tmp_path, detections_every=2, sources={"north": "a", "south": "b"}
    )
    logs = [AnswerLog(settings, name) for name in settings.streams]
    for _ in range(2):
        for log in logs:
            log.add(FRAME, ONE_BOX, "v1")
    lines = [json.loads(line) for line in (tmp_path / ANSWERS_FILE).read_text().splitlines()]
    assert [line["stream"] for line in lines] == ["north", "south"]
