"""Who comes into a group and goes out, as the controller counted them."""

from lamplighter_client.documents import GroupPreview
from lamplighter_dashboard.words.groups import change_lines, named_lines

LEFT = [f"cam-{number:04d}" for number in range(500)]


def test_all_are_counted_and_some_are_named() -> None:
    found = GroupPreview(
        matched=1, devices=["a-box"], entering=1, enters=["a-box"], leaving=599, leaves=LEFT
    )
    named, comes, goes = change_lines(found)
    assert named == "It names 1 device: a-box."
    assert comes == "1 device comes in: a-box"
    assert goes.startswith("599 devices go out: cam-0000, cam-0001")
    assert goes.endswith(", …")


def test_lists_that_differ_are_no_change_where_the_controller_counts_none() -> None:
    found = GroupPreview(matched=600, devices=LEFT, remarks=["no device has a label 'stie'"])
    assert change_lines(found)[1:] == [
        "Nobody comes in or goes out.",
        "▲ no device has a label 'stie'",
    ]
    assert "Nobody" not in " ".join(named_lines(found))
