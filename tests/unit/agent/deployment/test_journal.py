"""The deployment's record on disk."""

from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.deployment.journal import Journal, Record, policy_of
from lamplighter_agent.deployment.state_machine import Machine, Phase, outcome
from lamplighter_wire.messages import Desired
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy


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


def test_the_policy_in_force_is_that_of_the_newest_order(tmp_path: Path) -> None:
    assert policy_of(Record()) == DEFAULTS
    policy, journal = DevicePolicy(breach_windows=5), Journal(tmp_path / "journal.json")
    journal.save(Record(desired=Desired(policy=policy)))
    assert policy_of(journal.load()) == policy


def test_a_journal_of_before_has_the_default_policy(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    Journal(path).save(Record(desired=Desired(revision=4)))
    document = msgspec.json.decode(path.read_bytes())
    del document["desired"]["policy"]
    path.write_bytes(msgspec.json.encode(document))
    record = Journal(path).load()
    assert (record.desired.revision, policy_of(record)) == (4, DEFAULTS)
