"""What tools print, warn of and log stays away; what the caller logs afterwards does not."""

import logging
import sys
import warnings

import pytest
from lamplighter_recipes.runtimes.quiet import quiet

log = logging.getLogger("some.tool")


def test_nothing_comes_out_inside_and_all_does_after(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with quiet():
        sys.stdout.write("progress")
        sys.stderr.write("trouble")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        log.warning("a kernel is missing")
    assert capsys.readouterr() == ("", "")
    assert caplog.records == []
    log.warning("a word of our own")
    assert [record.message for record in caplog.records] == ["a word of our own"]


def test_it_ends_with_an_error_as_well() -> None:
    with pytest.raises(ValueError, match="inside"), quiet():
        raise ValueError("inside")
    assert log.isEnabledFor(logging.WARNING)
