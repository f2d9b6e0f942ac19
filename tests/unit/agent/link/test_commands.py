"""Commands are carried out on the reporter's thread."""

from pathlib import Path

from lamplighter_agent.link.commands import CommandHandler
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Command

from tests.simulators.listening_controller import ListeningController


def test_a_command_is_carried_out_later_and_an_unknown_one_left_out(tmp_path: Path) -> None:
    reporter, done = ListeningController(tmp_path).reporter, list[str]()
    actions = {
        CommandKind.PROBE.value: lambda _command: done.append("probe"),
        CommandKind.REPORT.value: lambda command: done.append(command.kind),
    }
    handler = CommandHandler(reporter, actions)
    for kind in ("report", "of a newer peer", "probe"):
        handler.receive(Command(kind=kind))
    assert done == [], "whoever receives it goes on at once"
    reporter.flush()
    assert done == ["report", "probe"]
