"""QR codes are read by another program than the one that draws them."""

from pathlib import Path

import cv2
import pytest
from lamplighter_cli.commands.joining.pictures import show_picture, write_picture
from lamplighter_wire.joining.links import EnrolLink, read_link

LINK = EnrolLink("https://controller.example:8080", "cam-1", f"6f3a.{'s3cret' * 7}.{'0a1b' * 16}")


def test_a_picture_holds_address_id_and_token(tmp_path: Path) -> None:
    write_picture(LINK, tmp_path / "codes/cam-1.png")
    picture = cv2.imread(str(tmp_path / "codes/cam-1.png"))
    text, *_ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert read_link(text) == LINK


def test_the_terminal_shows_the_same_dots(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_picture(LINK)
    lines = capsys.readouterr().out.splitlines()
    write_picture(LINK, tmp_path / "cam-1.png")
    dots = cv2.imread(str(tmp_path / "cam-1.png"), cv2.IMREAD_GRAYSCALE)[3::6, 3::6] > 0
    shown = [[sign in upper for sign in line] for line in lines for upper in ("█▀", "█▄")]
    assert [list(row) for row in dots] == shown[: len(dots)]
