"""Set-up says what it does, and keeps pip's own words when something goes wrong."""

import pytest

from deploy.setup.pip_progress import follow

FETCHED = [
    "Collecting numpy==2.4.6 (from -r requirements.lock (line 3))\n",
    "  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (16.6 MB)\n",
    "Collecting onnxruntime==1.27.1\n",
    "  Using cached onnxruntime-1.27.1-cp311-cp311-manylinux_2_27_x86_64.whl (27.8 MB)\n",
    "Installing collected packages: numpy, onnxruntime\n",
    "Successfully installed numpy-2.4.6 onnxruntime-1.27.1\n",
]


def test_large_downloads_and_steps_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert not follow(FETCHED, "[setup 2/3] everything else", 2)
    lines = [line.split("s  ")[-1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "[setup 2/3] everything else",
        "2 of 2: onnxruntime 27.8 MB",
        "installing",
        "done",
    ]


def test_an_error_is_told_in_pips_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    error = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
    assert follow([FETCHED[0], error, "    numpy==2.4.6:\n"], "[setup 2/3]", 1)
    assert "DO NOT MATCH" in capsys.readouterr().out
