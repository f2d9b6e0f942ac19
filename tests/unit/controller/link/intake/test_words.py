"""Texts of devices are short, printable and on one line; the rest of a message is kept."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_controller.link.intake.words import (
    MOST_DEPTH,
    MOST_ENTRIES,
    MOST_TEXT,
    with_clean_words,
)
from lamplighter_wire.messages import Capabilities, Event, Regime, Reported, Telemetry
from lamplighter_wire.words.printable import REPLACEMENT

ESCAPE = "\x1b]0;owned\x07"
# Right-to-left override, isolates, no width, next line, line separator.
BIDI = "\u202egnp.exe\u2066\u200b\x85\u2028"


def test_an_honest_message_is_left_as_it_is() -> None:
    for message in (
        Telemetry(device="cam-1", counts={"Hauptstraße/in": {"car": 3}}, metrics={"f1": 0.5}),
        Reported(phase="FETCHING", reason="DISK_FULL", phases=[("FETCHING", 1.5)]),
        Event(kind="breach", text="latency limit of 50 ms broken", data={"ms": 51.0, "p": [1]}),
    ):
        same, flaws = with_clean_words(message)
        assert same is message
        assert flaws == []


def test_a_kind_is_a_name_and_forges_nothing() -> None:
    event, flaws = with_clean_words(Event(kind="x\ndata: forged\n\nevent: offline"))
    assert event.kind == "x_data:_forged__event:_offline"
    assert flaws == ["kind"]


def test_ends_of_lines_and_length_are_no_fault() -> None:
    reported, flaws = with_clean_words(Reported(detail="Error:\n  at 1\n" + "y" * 5000))
    assert reported.detail.startswith("Error: at 1 y")
    assert len(reported.detail) == 1000
    assert flaws == []


@pytest.mark.parametrize("text", [ESCAPE, BIDI, "a\x00b", "\x9b31m"])
def test_control_characters_are_shown_as_such(text: str) -> None:
    event, flaws = with_clean_words(Event(text=text, data={text: [text, {"deep": text}]}))
    assert event.text.isprintable() and REPLACEMENT in event.text
    assert msgspec.json.encode(event.data).decode().isprintable()
    assert set(flaws) == {"text", "", "data"}


def test_texts_within_lists_and_tables_are_looked_at() -> None:
    facts, flaws = with_clean_words(Capabilities(isa=["avx2", ESCAPE], runtimes={ESCAPE: "1"}))
    assert facts.isa[0] == "avx2" and all(text.isprintable() for text in facts.isa)
    assert all(name.isprintable() for name in facts.runtimes)
    assert flaws == ["isa", ""]
    window, _ = with_clean_words(Telemetry(regime=Regime(light="[/]", axes={"a": ESCAPE})))
    assert window.regime.light == "_/_"
    assert window.regime.axes["a"].isprintable()


def test_what_is_too_many_or_too_deep_is_left_out() -> None:
    window, flaws = with_clean_words(Telemetry(metrics={f"m{n}": 1.0 for n in range(10_000)}))
    assert (len(window.metrics), flaws) == (MOST_ENTRIES, ["metrics"])
    deep: list[object] = []
    for _ in range(500):
        deep = [deep]
    event, flaws = with_clean_words(Event(data={"deep": deep}))
    assert str(event.data).count("[") == MOST_DEPTH
    assert flaws == ["data"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.text(), st.text(), st.dictionaries(st.text(), ANYTHING, max_size=4))
def test_whatever_comes_what_is_kept_is_clean(
    kind: str, text: str, data: dict[str, object]
) -> None:
    event, _ = with_clean_words(Event(kind=kind, text=text, data=data))
    assert event.kind.isascii() and event.kind.isprintable()
    assert event.text.isprintable()
    assert all(t.isprintable() and len(t) <= MOST_TEXT for t in _texts(event.data))
    again, flaws = with_clean_words(event)
    assert again is event
    assert flaws == []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for key, entry in value.items() for t in (key, *_texts(entry))]
    return [t for member in value for t in _texts(member)] if isinstance(value, list) else []
