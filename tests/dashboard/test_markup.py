"""Whatever a device says is shown as it is, and ends no dashboard."""

from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_client.printable import one_line
from lamplighter_controller.dashboard.markup import said, shown
from textual.content import Content

# What Rich's and Textual's markup are made of, emoji and stand-ins of ours among it.
SIGNS = st.text(alphabet="[]/\\abm#$@=1. :\"'\n\x1b\ue000\ue002", max_size=20) | st.text()


@settings(max_examples=400, deadline=None)
@given(SIGNS)
def test_texts_of_others_come_out_as_they_are(text: str) -> None:
    made = shown(f"[bold red]{said(text)}[/] [i]x[/]")
    assert made.plain == f"{one_line(text)} x"
    assert str(made.spans[-1].style) == "italic"
    assert Content.from_rich_text(made).plain == made.plain, "as Textual draws it"
