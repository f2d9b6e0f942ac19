"""Whatever is done to a chain of entries, the first one that is not right is named."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from lamplighter_controller.domain.audit.chain import (
    GENESIS,
    AuditEntry,
    AuditOutcome,
    Head,
    Link,
    linked,
    verified,
)


def chain(entries: int) -> list[Link]:
    """So many entries, one after the other."""
    links: list[Link] = []
    for number in range(1, entries + 1):
        previous = links[-1].hash if links else GENESIS
        entry = AuditEntry(
            number=number,
            at=0.1 * number,
            who="ops",
            operation="label_device",
            subject="device:cam-ä",
            outcome=AuditOutcome.DONE,
            after={"site": "n\u00f8rth", "at": 1e300},
            previous=previous,
        )
        links.append(linked(entry))
    return links


def test_a_whole_chain_is_sound() -> None:
    links = chain(5)
    verdict = verified(links, [Head(3, links[2].hash), Head(5, links[4].hash)])
    assert verdict.is_sound
    assert (verdict.rows, verdict.head) == (5, Head(5, links[4].hash))
    assert verified([]).is_sound


def test_canonical_text_is_ascii_and_the_same_each_time() -> None:
    (link,) = chain(1)
    assert link.text.isascii()
    assert linked(AuditEntry(**_fields(link))) == link


def _fields(link: Link) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(link.text)
    return fields | {"outcome": AuditOutcome(str(fields["outcome"]))}


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_entry_is_named(number: int) -> None:
    links = chain(5)
    old = links[number - 1]
    links[number - 1] = replace(old, text=old.text.replace("ops", "eve"))
    verdict = verified(links)
    assert (verdict.broken, verdict.rows) == (number, number - 1)
    assert f"entry {number} was changed" in verdict.detail


def test_an_entry_that_was_hashed_anew_does_not_fit_its_successor() -> None:
    links = chain(3)
    links[0] = _hashed(1, links[0].text.replace("ops", "eve"))
    assert verified(links).broken == 2


def test_an_entry_left_out_and_one_moved_are_named() -> None:
    links = chain(4)
    assert verified([*links[:1], *links[2:]]).broken == 2
    assert verified([links[0], replace(links[2], number=2)]).broken == 2
    assert "cannot be read" in verified([_hashed(1, "{}")]).detail


def _hashed(number: int, text: str) -> Link:
    return Link(number, text, hashlib.sha256(text.encode()).hexdigest())


def test_a_tail_that_was_cut_off_is_missed_by_who_has_seen_it() -> None:
    links = chain(5)
    verdict = verified(links[:3], [Head(5, links[4].hash)])
    assert verdict.broken == 4
    assert "4 to 5 are cut off" in verdict.detail


def test_a_tail_that_was_written_anew_is_not_the_one_that_was_seen() -> None:
    seen = chain(3)
    other = linked(AuditEntry(**(_fields(seen[2]) | {"who": "eve"})))
    verdict = verified([*seen[:2], other], [Head(3, seen[2].hash)])
    assert verdict.broken == 3
    assert "seen before" in verdict.detail
