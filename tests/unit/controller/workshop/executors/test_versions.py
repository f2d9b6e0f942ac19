"""Workers that would build other bytes are told apart."""

from lamplighter_controller.workshop.executors.versions import build_versions, differences


def test_what_both_have_must_be_the_same() -> None:
    ours = {"lamplighter": "1.0", "onnxruntime": "1.22", "torch": "2.13"}
    assert differences(ours, ours) == ""
    assert differences(ours, {"lamplighter": "1.0", "onnxruntime": "1.22"}) == ""
    theirs = {"lamplighter": "0.9", "onnxruntime": "1.22", "onnx": "1.17"}
    assert differences(ours, theirs) == "lamplighter 0.9 instead of 1.0"


def test_this_installation_has_versions_of_all_that_decides() -> None:
    assert {"lamplighter", "build format", "onnxruntime"} <= build_versions().keys()
