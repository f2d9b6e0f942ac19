"""The command line on a controller behind a real port."""

import json
import re
from collections.abc import Iterator

import pytest
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK

from tests.simulators.eventful_day import EventfulDay
from tests.simulators.plain_words import strange_words
from tests.simulators.served_app import CommandLine, command_line

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def line(day: EventfulDay, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    with command_line(day.app, day.token("admin"), monkeypatch) as made:
        yield made


Captured = pytest.CaptureFixture[str]


def test_devices_as_a_table(line: CommandLine, capsys: Captured) -> None:
    assert line.run("device", "list") == EXIT_OK
    titles, first, second = capsys.readouterr().out.splitlines()
    assert titles.startswith("DEVICE  ONLINE  SITE  REVISION  PHASE")
    assert first.split() == [
        "cam-1",
        "yes",
        "-",
        "2",
        "COMMITTED",
        "p50-fp32",
        *["256x192", "0.772", "less", "what", "another", "street", "costs"],
        *["24", "5", "-", "0", "-"],
    ]
    assert second.startswith("cam-2   no      -     0         -")
    assert second.endswith("enrolled, but has never been online")


def test_json_is_what_the_api_answers(
    line: CommandLine, day: EventfulDay, capsys: Captured
) -> None:
    for arguments, path in (
        (("device", "list"), "/devices"),
        (("variant", "list"), "/variants"),
        (("model", "list"), "/models"),
    ):
        assert line.run(*arguments, "--json") == EXIT_OK
        assert json.loads(capsys.readouterr().out) == day.client().get(f"/api/v1{path}").json()


def test_a_device_with_its_plan_and_history(line: CommandLine, capsys: Captured) -> None:
    assert line.run("device", "show", "cam-1") == EXIT_OK
    text = capsys.readouterr().out
    assert text.startswith("cam-1: online, version 1\nhardware   Test CPU, 2 cores\n")
    said = r"at \d+x\d+: AP50 0\.\d\d less what another street costs"
    assert re.search(rf"serving    p50-fp32 {said}\n", text)
    caused = r"  since its street was day-dry-free and is night-dry-free\n  - regime"
    assert re.search(rf"plan       p50-fp32 {said}\n{caused}", text)
    assert re.search(r"revision 1   full-fp32.*: committed\n$", text)
    assert line.run("device", "show", "cam-1", "--json") == EXIT_OK
    shown = json.loads(capsys.readouterr().out)
    assert [plan["variant"] for plan in shown["plans"]] == ["p50-fp32"]
    assert [entry["revision"] for entry in shown["deployments"]] == [2, 1]


def test_a_device_that_only_enrolled(line: CommandLine, capsys: Captured) -> None:
    assert line.run("device", "show", "cam-2") == EXIT_OK
    assert capsys.readouterr().out == (
        "cam-2: offline, version 1\nhardware   not known, ? cores\nserving    nothing yet\n"
        "attention  never_seen: enrolled, but has never been online\n"
    )


def test_a_plan_with_what_was_turned_down(line: CommandLine, capsys: Captured) -> None:
    assert line.run("plan", "cam-1") == EXIT_OK
    text = capsys.readouterr().out
    assert re.match(r"cam-1 in day-dry-free: \S+ at \d+x\d+: AP50 .*\n  - regime", text)
    assert "VARIANT    SIZE     P95 MS  MJ/FRAME  ACCURACY" in text


def test_labels_and_limits_are_set(line: CommandLine, day: EventfulDay, capsys: Captured) -> None:
    code = line.run("device", "label", "cam-2", "street=main", "--site", "n", "--memory-mb", "200")
    assert code == EXIT_OK
    assert capsys.readouterr().out == "cam-2 is at version 2\n"
    labelled = day.client().get("/api/v1/devices/cam-2").json()
    assert (labelled["labels"], labelled["site"]) == ({"street": "main"}, "n")
    assert labelled["objective"] == {"memory_bytes": 200000000}


def test_a_device_is_probed_and_retired(line: CommandLine, capsys: Captured) -> None:
    assert line.run("device", "probe", "cam-1") == EXIT_OK
    assert capsys.readouterr().out == "cam-1 measures itself again\n"
    assert line.run("device", "retire", "cam-1", "--yes") == EXIT_OK
    assert line.run("device", "list", "--retired") == EXIT_OK
    assert "cam-1   no" in capsys.readouterr().out


def test_a_token_is_shown_alone(line: CommandLine, capsys: Captured) -> None:
    assert line.run("token", "create", "cam-3") == EXIT_OK
    assert re.fullmatch(r"\w+\.[\w-]+\.\w+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("device", "show", "cam-9"), "lamplighter device list"),
        (("model", "show", "nope"), "lamplighter model list"),
        (("plan", "cam-2"), "start its agent"),
        (("device", "label", "cam-1", "street"), "street=main"),
        (("token", "create", "CAM"), "a-z"),
    ],
)
def test_a_failure_says_what_to_do(
    line: CommandLine, capsys: Captured, arguments: tuple[str, ...], remedy: str
) -> None:
    assert line.run(*arguments) == EXIT_FAILED
    text = capsys.readouterr().err
    assert remedy in text
    assert text.count("\n") == 1


def test_a_token_that_may_not_is_told_so(
    line: CommandLine, day: EventfulDay, capsys: Captured
) -> None:
    for line.token in ("unknown", day.token("viewer")):
        assert line.run("device", "retire", "cam-1", "--yes") == EXIT_FAILED
        assert "--token" in capsys.readouterr().err


def test_a_policy_is_shown_set_and_unset(line: CommandLine, capsys: Captured) -> None:
    assert line.run("policy", "set", "min_fps=2", "ladder_rungs=2", "--group", "depot") == EXIT_OK
    assert "label:group=depot: ladder_rungs = 2, min_fps = 2" in capsys.readouterr().out
    assert line.run("policy", "show", "--group", "depot", "--json") == EXIT_OK
    shown = {t["name"]: t for t in json.loads(capsys.readouterr().out)}
    assert (shown["min_fps"]["value"], shown["min_fps"]["source"]) == (2.0, "label:group=depot")
    assert (shown["patience_s"]["value"], shown["patience_s"]["source"]) == (300.0, "default")
    assert line.run("policy", "unset", "min_fps", "--label", "group=depot") == EXIT_OK
    assert "ladder_rungs = 2" in capsys.readouterr().out
    assert line.run("policy", "list") == EXIT_OK
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["label:group=depot", "2"]


def test_a_policy_is_tried_before_it_is_set(line: CommandLine, capsys: Captured) -> None:
    dry = ("policy", "set", "min_accuracy_gain=0.1", "--device", "cam-1", "--dry-run")
    assert line.run(*dry) == EXIT_OK
    assert capsys.readouterr().out.startswith("1 devices concerned; ")
    assert line.run("policy", "list") == EXIT_OK
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("min_fsp=2",), "did you mean 'min_fps'"),
        (("min_fps=200",), "0.05 to 30 frames/s"),
        (("min_fps",), "NAME=NUMBER"),
        (("min_fps=2", "--device", "cam-9"), "cam-9"),
        (("min_fps=2", "--device", "cam-1", "--group", "depot"), "one of --device"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(
    line: CommandLine, capsys: Captured, arguments: tuple[str, ...], words: str
) -> None:
    assert line.run("policy", "set", *arguments) == EXIT_FAILED
    assert words in capsys.readouterr().err


def test_the_fleet_s_table_at_a_prompt(
    line: CommandLine, day: EventfulDay, capsys: Captured
) -> None:
    assert line.run("fleet", "list", "--sort", "id") == EXIT_OK
    titles, first, second = capsys.readouterr().out.splitlines()
    for title in ("SIZE", "AP50 IS", "ENERGY IS", "UPDATE", "ATTENTION", "SEEN (UTC)"):
        assert title in titles
    assert "p50-fp32" in first and "256x192" in first and "committed" in first
    assert "never" in second
    assert line.run("fleet", "list", "--query", "state=online", "--json") == EXIT_OK
    rows = json.loads(capsys.readouterr().out)
    assert rows == day.client().get("/api/v1/fleet/rows?query=state=online").json()["rows"]
    assert [row["id"] for row in rows] == ["cam-1"]


def test_the_fleet_s_sums_and_what_is_broken(line: CommandLine, capsys: Captured) -> None:
    assert line.run("fleet", "summary") == EXIT_OK
    assert "0 to look at, 1 never seen, 0 known, 1 well" in capsys.readouterr().out
    assert line.run("fleet", "summary", "--json", "--check") == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert (found["devices"], found["errors"], found["warnings"], found["never"]) == (2, 0, 0, 1)
    assert line.run("fleet", "summary", "--query", "site=") == EXIT_FAILED


def test_certificates_by_their_ends(line: CommandLine, day: EventfulDay, capsys: Captured) -> None:
    assert line.run("fleet", "certificates", "--json") == EXIT_OK
    assert json.loads(capsys.readouterr().out) == []
    day.end_certificate("cam-1", in_days=20.0)
    assert line.run("fleet", "certificates", "--within", "10d") == EXIT_OK
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert line.run("fleet", "certificates", "--within", "30d") == EXIT_OK
    titles, only = capsys.readouterr().out.splitlines()
    assert titles.split() == ["DEVICE", "STATE", "SITE", "ENDS", "(UTC)", "DAYS", "LEFT"]
    assert only.split()[0] == "cam-1" and only.split()[-1] == "20"


def test_what_a_device_measured(line: CommandLine, day: EventfulDay, capsys: Captured) -> None:
    assert line.run("device", "telemetry", "cam-1", "--since", "1970-01-01") == EXIT_OK
    titles, *lines = capsys.readouterr().out.splitlines()
    assert "ENERGY IS" in titles and "DENSITY" in titles and "P95 MS" in titles
    assert lines and "p50-fp32 at 256x192" in lines[-1]
    asked = ("device", "telemetry", "cam-1", "--since", "1970-01-01", "--until", "1970-01-02")
    assert line.run(*asked, "--json") == EXIT_OK
    assert json.loads(capsys.readouterr().out) == []
    assert line.run("device", "telemetry", "cam-9") == EXIT_FAILED
    assert line.run("device", "telemetry", "cam-1", "--since", "soon") == EXIT_FAILED


def test_what_happened_is_told_to_people_who_have_read_no_code(day: EventfulDay) -> None:
    told = [event["text"] for event in day.client().get("/api/v1/events/log").json()]
    assert len(told) >= 5
    assert {text: found for text in told if (found := strange_words(text))} == {}


def test_what_happened_between_two_times(
    line: CommandLine, day: EventfulDay, capsys: Captured
) -> None:
    assert line.run("events", "--since", "1970-01-01", "--device", "cam-1") == EXIT_OK
    told = capsys.readouterr().out.splitlines()
    assert any("cam-1: is told to serve p50-fp32 at 256x192" in text for text in told)
    assert line.run("events", "told", "--since", "1970-01-01", "--limit", "1", "--json") == EXIT_OK
    (only,) = json.loads(capsys.readouterr().out)
    assert only["kind"] == "deploy" and "told" in only["text"]
    assert line.run("events", "--since", "1970-01-01", "--until", "1970-01-02") == EXIT_OK
    assert capsys.readouterr().out == ""
    assert line.run("events", "--since", "1970-01-01", "--severity", "error") == EXIT_OK
    assert capsys.readouterr().out == ""
    assert line.run("events", "--since", "soon") == EXIT_FAILED
