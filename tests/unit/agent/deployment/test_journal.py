"""The deployment's record on disk."""

from pathlib import Path

from lamplighter_agent.deployment.journal import Journal, Record
from lamplighter_agent.deployment.state_machine import Machine, Phase


def test_a_damaged_journal_is_set_aside(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    record = Record(machine=Machine(phase=Phase.COMMITTED, revision=4, highest=4))
    journal.save(record)
    assert journal.load() == record
    (tmp_path / "journal.json").write_text("{")
    assert journal.load() == Record()
    assert (tmp_path / "journal.damaged").exists()
