"""`lamplighter specialise-site` at a controller behind a real port."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_cli import edge as cli
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_recipes.variants.site_parents import Gain, SiteResult

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.served_app import served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Captured = pytest.CaptureFixture[str]
KEPT = SiteResult(
    site="gate",
    parent="nanodet-p50-at-gate",
    version="v1",
    base="nanodet-p50",
    teacher="nanodet-full",
    kept=True,
    reasons=["agreement with the teacher 0.600 to 0.850"],
    pictures=180,
    agreement=Gain(before=0.6, after=0.85, low=0.2, high=0.3),
)


class SiteCommand:
    """Runs the command on a controller whose work for a site is finished beside it."""

    def __init__(self, day: EventfulDay, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.day, self._url, self._monkeypatch = day, url, monkeypatch

    def run(self, *arguments: str) -> int:
        where = ("--url", self._url, "--token", self.day.token("admin"))
        self._monkeypatch.setattr(
            "sys.argv", ["lamplighter", "specialise-site", *arguments, *where]
        )
        with pytest.raises(SystemExit) as ended:
            cli.run()
        return int(ended.value.code or 0)

    def finish(self, result: SiteResult) -> threading.Thread:
        """The work ends as soon as it has begun."""
        return self._then(result.site, lambda: self.day.sites.finish(result))

    def fail(self, site: str, error: str) -> threading.Thread:
        """The work fails as soon as it has begun."""
        return self._then(site, lambda: self.day.sites.fail(site, RuntimeError(error)))

    def _then(self, site: str, end: Callable[[], None]) -> threading.Thread:
        begun, sites = threading.Event(), self.day.sites

        def work() -> None:
            while site not in sites.pending:
                begun.wait(0.05)
            end()
            self.day.settle()

        thread = threading.Thread(target=work)
        thread.start()
        return thread


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteCommand]:
    day = EventfulDay(tmp_path)
    with served(day.app) as url:
        yield SiteCommand(day, url, monkeypatch)
    day.close()


def test_cost_first_then_progress_then_what_came_of_it(
    command: SiteCommand, tmp_path: Path, capsys: Captured
) -> None:
    working = command.finish(KEPT)
    assert command.run(str(tmp_path), "--site", "gate") == EXIT_OK
    working.join()
    shown = capsys.readouterr()
    assert "s of one core" in shown.err
    assert "gate: offers nanodet-p50-at-gate" in shown.out
    assert "0.600 to 0.850" in shown.out
    assert command.run("--json") == EXIT_OK
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["parent"] == "nanodet-p50-at-gate"
    assert command.run("--site", "gate", "--remove") == EXIT_OK
    capsys.readouterr()
    assert command.run("--json") == EXIT_OK
    assert json.loads(capsys.readouterr().out) == []


def test_a_parent_that_does_not_gain_fails_the_command_and_says_why(
    command: SiteCommand, tmp_path: Path, capsys: Captured
) -> None:
    refused = SiteResult(site="gate", parent="p", reasons=["inside the noise"], pictures=180)
    working = command.finish(refused)
    assert command.run(str(tmp_path), "--site", "gate") == 1
    working.join()
    shown = capsys.readouterr().out
    assert "has no parent of its own" in shown
    assert "inside the noise" in shown


def test_a_failure_is_told_with_its_reason(
    command: SiteCommand, tmp_path: Path, capsys: Captured
) -> None:
    working = command.fail("gate", "7 pictures are too few")
    assert command.run(str(tmp_path), "--site", "gate") == EXIT_FAILED
    working.join()
    assert "no parent for gate: 7 pictures are too few" in capsys.readouterr().err


def test_a_device_is_asked_for_pictures_where_no_folder_is_named(
    command: SiteCommand, capsys: Captured
) -> None:
    asked = ("cam-1", "--site", "gate", "--count", "60")
    assert command.run(*asked) == EXIT_FAILED
    assert "not at gate" in capsys.readouterr().err
    command.day.place("cam-1", "gate")
    assert command.run(*asked, "--estimate") == EXIT_OK
    assert capsys.readouterr().err.startswith("60 pictures:")
    assert command.run("--site", "gate") == EXIT_FAILED
    assert "name a device that sends pictures" in capsys.readouterr().err


def test_an_estimate_begins_nothing(command: SiteCommand, tmp_path: Path, capsys: Captured) -> None:
    assert command.run(str(tmp_path), "--site", "gate", "--estimate") == EXIT_OK
    assert "the gain is not known" in capsys.readouterr().err
    assert command.day.sites.pending == {}


def test_what_is_missing_is_asked_for(
    command: SiteCommand, tmp_path: Path, capsys: Captured
) -> None:
    assert command.run(str(tmp_path)) == EXIT_FAILED
    assert "--site" in capsys.readouterr().err
    assert command.run("cam-1") == EXIT_FAILED
    assert "device label cam-1 --site NAME" in capsys.readouterr().err
