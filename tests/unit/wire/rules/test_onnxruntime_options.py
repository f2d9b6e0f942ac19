"""The options of every session, set on a plain object."""

from dataclasses import dataclass, field

import pytest
from lamplighter_wire.rules.onnxruntime_options import CONFIG_ENTRIES, set_options


@dataclass
class RecordedOptions:
    """Takes what `onnxruntime.SessionOptions` takes."""

    intra_op_num_threads: int = 0
    inter_op_num_threads: int = 0
    log_severity_level: int = 2
    entries: dict[str, str] = field(default_factory=dict)

    def add_session_config_entry(self, key: str, value: str, /) -> None:
        self.entries[key] = value


@pytest.mark.parametrize(("threads", "expected"), [(-1, 1), (0, 1), (1, 1), (3, 3)])
def test_a_session_has_one_thread_at_least(threads: int, expected: int) -> None:
    options = RecordedOptions()
    set_options(options, threads)
    assert options.intra_op_num_threads == expected
    assert options.inter_op_num_threads == 1


def test_extra_entries_are_added_to_those_every_session_has() -> None:
    options = RecordedOptions()
    set_options(options, extra_entries={"session.disable_quant_qdq": "1"})
    assert options.entries == {**CONFIG_ENTRIES, "session.disable_quant_qdq": "1"}
