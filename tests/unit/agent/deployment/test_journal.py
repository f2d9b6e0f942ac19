"""The deployment's record on disk."""

from pathlib import Path

import pytest
from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, Phase, outcome


def test_a_damaged_journal_is_set_aside(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    record = Record(machine=Machine(phase=Phase.COMMITTED, revision=4, highest=4))
    journal.save(record)
    assert journal.load() == record
    (tmp_path / "journal.json").write_text("{")
    assert journal.load() == Record()
    assert (tmp_path / "journal.damaged").exists()


@pytest.mark.parametrize(("loads", "expected"), [(0, "failed"), (1, "rolled_back")])
def test_a_journal_from_the_field_keeps_its_outcome(
    tmp_path: Path, loads: int, expected: str
) -> None:
    """Agents used to tell a rollback from a failure by a counter that was not 0."""
    machine = (
        '{"phase":"FAILED","revision":7,"highest":7,"waiting":0,"reason":"OVER_BUDGET",'
        f'"detail":"p95 91.0 ms","entries":5,"fetches":1,"loads":{loads}}}'
    )
    (tmp_path / "journal.json").write_text(f'{{"machine":{machine},"ladder":[],"gap_ms":0.4}}')
    record = Journal(tmp_path / "journal.json").load()
    assert outcome(record.machine) == expected
    assert (record.machine.revision, record.machine.reason) == (7, "OVER_BUDGET")
    Journal(tmp_path / "journal.json").save(record)
    assert Journal(tmp_path / "journal.json").load() == record
