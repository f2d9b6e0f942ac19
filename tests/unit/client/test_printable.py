"""What comes from others speaks to no terminal, and forges no line."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_cli.output import Column, table
from lamplighter_client import endpoints
from lamplighter_client.client import Client
from lamplighter_client.errors import RefusedError
from lamplighter_client.printable import printable_json
from lamplighter_client.target import Target
from lamplighter_wire.words.printable import one_line, printable

ESCAPE = "\x1b]0;owned\x07\x9b31m\u202e"
NAME = st.text()


@given(st.text())
def test_nothing_that_is_not_printed_is_left(text: str) -> None:
    assert printable(text).replace("\n", "").replace("\t", "").isprintable()
    assert one_line(text).isprintable()
    assert printable(printable(text)) == printable(text)


@given(st.text().filter(str.isprintable))
def test_what_can_be_printed_stays(text: str) -> None:
    assert (printable(text), one_line(text)) == (text, text)


@given(
    st.recursive(st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
)
def test_documents_keep_their_form(value: object) -> None:
    content = json.dumps(value).encode()
    cleaned = json.loads(printable_json(content))
    assert type(cleaned) is type(value)
    assert json.loads(printable_json(printable_json(content))) == cleaned


def test_a_row_forges_no_other_row() -> None:
    text = table(["one\nvictim   offline  " + ESCAPE], [Column("text", str)])
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text and "\u202e" not in text


def test_the_client_lets_no_escape_sequence_through() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("cam-2"):
            return httpx.Response(200, json={"id": ESCAPE, "agent_version": "1\n2"})
        return httpx.Response(409, json={"detail": f"no {ESCAPE}", "title": "Conflict"})

    with Client(Target("http://x", ""), transport=httpx.MockTransport(answer)) as client:
        device = client.send(endpoints.device("cam-2"))
        assert device.id.isprintable() and device.agent_version == "1\n2"
        with pytest.raises(RefusedError) as refused:
            client.send(endpoints.device("cam-1"))
        assert str(refused.value).isprintable()
