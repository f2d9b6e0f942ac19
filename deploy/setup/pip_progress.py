"""Turn pip's output into a line now and then: what is being fetched, how many of how many.

`pip install … 2>&1 | python pip_progress.py TITLE PACKAGES`. Whatever is no progress is passed on
when pip says that something went wrong, so that its own words stay.
"""

import re
import sys
import time
from collections.abc import Iterable

EVERY_S = 5.0
KEPT_LINES = 40
_NEXT = re.compile(r"^(?:Collecting|Processing|Obtaining|Requirement already satisfied:) ")
_DOWNLOADING = re.compile(r"^\s+(?:Downloading|Using cached) (\S+?)-[\d.].*?(?:\(([\d.]+ \w+)\))?$")


def follow(lines: Iterable[str], title: str, packages: int) -> bool:
    """Print progress; whether an error was seen, whose lines are printed whole."""
    began = printed = time.monotonic()
    print(title, flush=True)
    last: list[str] = []
    failed = False
    seen = 0
    for line in lines:
        text = line.rstrip()
        last = [*last[1 - KEPT_LINES :], text]
        failed = failed or text.startswith("ERROR")
        seen += bool(_NEXT.match(text))
        download = _DOWNLOADING.match(text)
        if text.startswith("Installing collected packages"):
            _line(began, "installing")
        elif download and (_is_large(download[2]) or time.monotonic() - printed > EVERY_S):
            printed = time.monotonic()
            _line(began, f"{min(seen, packages)} of {packages}: {download[1]} {download[2] or ''}")
    if failed:
        print("\n".join(last), flush=True)
    else:
        _line(began, "done")
    return failed


def _is_large(size: str | None) -> bool:
    """Whether a download is worth a line of its own."""
    number, _, unit = (size or "").partition(" ")
    return unit in ("MB", "GB") and (unit == "GB" or float(number) >= 20)


def _line(began: float, text: str) -> None:
    print(f"  {time.monotonic() - began:5.0f} s  {text.strip()}", flush=True)


if __name__ == "__main__":
    sys.exit(follow(sys.stdin, sys.argv[1], int(sys.argv[2])))
