"""What other libraries print goes to a file; what Lamplighter says comes out."""

import subprocess
import sys
from pathlib import Path

import pytest

WORK = """
import logging, os, sys, warnings
from pathlib import Path
from lamplighter_cli.foreign_output import foreign_output_to
from lamplighter_cli.progress import report

with foreign_output_to(Path(sys.argv[1]) / "of" / "libraries.log"):
    os.write(2, b"from C++\\n")
    logging.getLogger("jax._src").warning("from a log of %s", "theirs")
    warnings.warn_explicit("deprecated", DeprecationWarning, "/site/jax/core.py", 7)
    report("20% build")
    logging.getLogger("lamplighter_recipes.building").warning("from a log of ours")
    warnings.warn_explicit("of ours", UserWarning, "/site/lamplighter_recipes/a.py", 7)
    if sys.argv[2] == "fails":
        raise OSError("the disk is full")
print("done")
os.write(2, b"afterwards\\n")
"""


@pytest.mark.parametrize("ends", ["well", "fails"])
def test_what_is_not_ours_is_in_the_file(tmp_path: Path, ends: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", WORK, str(tmp_path), ends],
        capture_output=True,
        text=True,
        check=False,
    )
    theirs = (tmp_path / "of" / "libraries.log").read_text()
    for words in ("from C++", "WARNING jax._src: from a log of theirs", "deprecated"):
        assert (words in theirs, words in done.stderr) == (True, False), words
    for words in ("20% build", "from a log of ours", "UserWarning: of ours"):
        assert (words in theirs, words in done.stderr) == (False, True), words
    if ends == "well":
        assert (done.stdout, done.stderr.splitlines()[-1]) == ("done\n", "afterwards")
    else:
        assert f"what other libraries said before: {tmp_path}" in done.stderr
        assert "OSError: the disk is full" in done.stderr


def test_where_nobody_says_anything_a_failure_names_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from lamplighter_cli.foreign_output import foreign_output_to

    with pytest.raises(OSError, match="full"), foreign_output_to(tmp_path / "libraries.log"):
        raise OSError("the disk is full")
    assert capsys.readouterr().err == ""
