"""Every command of both programs, and what nobody should give them."""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from lamplighter_wire.command_line.given_paths import given_path
from lamplighter_wire.enrolment import Token

ROOT = Path(__file__).resolve().parents[2]
FOLDER, TEXT, BINARY, DANGLING = "folder", "text.txt", "binary.bin", "dangling"

LONG = "a" * 5000
NO_UNICODE = os.fsdecode(b"\xff\xfe\x80")
TEXTS = ("", " ", LONG, NO_UNICODE, "\x1b[31mred", "-1", "../../x", "%s{0}", "nan", "☃/x?y#z")
NUMBERS = ("", "nan", "inf", "-inf", "-1", "0", "1e308", "9" * 20, "0x10", "1e-300", "many")
PATHS = ("", "missing/of/it", FOLDER, TEXT, BINARY, DANGLING, "/proc/x", LONG, NO_UNICODE)
URLS = (
    *("", "http://[::1", "http://", "ftp://x/y", "http://127.0.0.1:99999", "http://127.0.0.1:9"),
    *("no url", "127.0.0.1:8080", "http://a:b@[::]:x", "sqlite:////proc/x/y.db", "postgresql://x"),
    *("dask://", "dask://[::1", "dask://127.0.0.1:99999", "::1", "[::1]", "nonsense", NO_UNICODE),
)
ADDRESSES = frozenset({"url", "database", "executor", "host", "advertise"})

# What is required, and what lets a command come as far as possible in little time.
# Commands at which the options that all share are tried.
SHARED_AT = ("device list", "simulate", "dashboard", "broker stop", "broker files", "serve")
GOOD: dict[str, tuple[str, ...]] = {
    "train": ("int8-full", "--scenes", FOLDER, "--weights", "out/weights"),
    "compress": ("nanodet", "int8-full"),
    "evaluate": ("int8-full",),
    "plan": ("cam-1",),
    "specialise-site": ("cam-1",),
    "street set": ("cam-1", TEXT),
    "still": ("cam-1", "--out", "still.jpg"),
    "settings set": ("cam-1", "fps_cap=7"),
    "settings unset": ("cam-1", "fps_cap"),
    "simulate": ("--devices", "1", "--seconds", "1", "--patience-s", "1"),
    "serve": ("--port", "0", "--broker-port", "0", "--stop-broker"),
    "demo": ("--headless", "--devices", "1", "--phase-s", "1"),
    "token create": ("cam-7",),
    "api-token create": ("ops",),
    "api-token revoke": ("ops",),
    "device show": ("cam-1",),
    "device telemetry": ("cam-1",),
    "device log": ("cam-1",),
    "device label": ("cam-1", "side=north"),
    "device probe": ("cam-1",),
    "device retire": ("cam-8", "--yes"),
    "device revoke": ("cam-8", "--yes", "--reason", "stolen"),
    "device restore": ("cam-8",),
    "device release": ("cam-8", "--yes"),
    "audit export": ("audit.jsonl",),
    "glossary": ("gate",),
    "group create": ("north", "side:north"),
    "group show": ("north",),
    "group preview": ("side:north",),
    "group delete": ("north",),
    "group join": ("north", "cam-1"),
    "rollout canaries": ("spring",),
    "override hold": ("--reason", "r", "--for", "1h", "--device", "cam-1"),
    "override pin": ("p50-fp32", "--reason", "r", "--for", "1h", "--device", "cam-1"),
    "override avoid": ("p50-fp32", "--reason", "r", "--for", "1h", "--device", "cam-1"),
    "override roll-back": ("--reason", "r", "--for", "1h", "--device", "cam-1"),
    "override release": ("1",),
    "attention acknowledge": ("cam-1", "offline", "--reason", "r"),
    "attention mute": ("cam-1", "--reason", "r", "--for", "1h"),
    "attention end": ("1",),
    "report": (TEXT, "--html"),
    "watch": ("--for", "0.3s"),
    "rollout create": ("spring", "p50-fp32", "--group", "north"),
    "policy set": ("patience_s=5",),
    "policy unset": ("patience_s",),
    "model show": ("nanodet",),
    "variant front": ("cam-1",),
    "variant recipe": ("p50-fp32",),
    "variant build": ("p50-fp32",),
    "job cancel": ("0123456789ab",),
    "transfer call-off": ("cam-1", "--reason", "r", "--for", "1h"),
    "model add": ("mine", TEXT, "--task", "detection", "--data", FOLDER),
    "model remove": ("mine",),
    "recipe show": ("int8-full",),
    "recipe check": (TEXT,),
    "reader add": ("desk", "out/reader"),
    "reader end": ("desk",),
    "completion": ("bash",),
    "webhook add": ("https://desk.example/hook",),
    "webhook test": ("0123456789ab",),
    "webhook remove": ("0123456789ab",),
    "broker files": ("out/broker", "--name", "broker.example"),
    "provision bundle": ("gateway.toml", "cam-1"),
    "rollout fail": ("june", "cam-1", "--reason", "r"),
    "provision due": ("june", "gateway.toml"),
    "provision docker apply": ("gateway.toml", "--dry-run"),
    "provision docker show": ("gateway.toml",),
    "provision docker remove": ("gateway.toml", "cam-1", "--yes"),
    "scenes dataset": ("train", "out/set", "--frames", "1"),
    "scenes footage": ("tuning", "out/footage"),
    "scenes record": ("--out", "out/traces"),
    "bench accuracy": (FOLDER,),
    "bench delivery": ("int8-full",),
    "bench envelopes": ("--rounds", "1"),
    "bench variants": ("--rounds", "1", "--recipe", "int8-full"),
    "bench sparsity": ("--rounds", "1", "--frames", "1"),
    "bench quantization": ("--rounds", "1", "--frames", "1"),
    "bench recompression": ("--runs", "1"),
    "bench onboarding": ("--devices", "1"),
    "bench streaming": ("--recipe", "int8-full", "--size", "384x288"),
} | {f"rollout {step}": ("spring",) for step in (
    *("preview", "show", "approve", "start", "pause", "resume", "retry", "abort", "roll-back"),
    "end",
)}  # fmt: skip
TOP = ("--state-dir", "--config")
AGENT_GOOD = (
    ("--state-dir", "state"),
    ("--token", str(Token.create("0" * 64))),
    ("--url", "http://127.0.0.1:9"),
    ("--device", "cam-1"),
)
GATEWAY = 'engine = "tcp://127.0.0.1:9"\nimage = "lamplighter-agent:0.1.0"\n[agents.cam-1]\n'


@dataclass(frozen=True)
class Case:
    """A command line, and which of its arguments is hostile."""

    program: str
    command: str
    option: str
    value: str
    arguments: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        shown = self.value if len(self.value) < 40 else f"{self.value[:10]}…"
        return f"{self.program} {self.command} {self.option} {shown!a}"


def prepare(folder: Path) -> None:
    """The files that hostile values name."""
    (folder / FOLDER).mkdir(parents=True)
    (folder / FOLDER / "notes.md").write_text("not ours\n")
    (folder / TEXT).write_text("some words\n")
    (folder / BINARY).write_bytes(bytes(range(1, 256)) * 4)
    (folder / DANGLING).symlink_to("nowhere")
    (folder / "gateway.toml").write_text(GATEWAY)


def lost(folder: Path) -> list[str]:
    """Which of these files a command has deleted or emptied."""
    names = (f"{FOLDER}/notes.md", TEXT, BINARY)
    return [name for name in names if not _has_content(folder / name)]


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def cases(url: str, token: str) -> list[Case]:
    """All of them; the commands on a controller speak to that one."""
    from lamplighter_agent.__main__ import parser
    from lamplighter_cli.app import app

    return [*_typer_cases(typer.main.get_command(app), (), url, token), *_agent_cases(parser())]


def _typer_cases(command: Any, words: tuple[str, ...], url: str, token: str) -> Iterator[Case]:
    for name, below in getattr(command, "commands", {}).items():
        yield from _typer_cases(below, (*words, name), url, token)
    if hasattr(command, "commands"):
        return
    name = " ".join(words)
    where = {"url": ("--url", url), "token": ("--token", token), "data": ("--data", "data")}
    for hostile in command.params:
        shared = hostile.name in where and name not in SHARED_AT
        if hostile.type.name == "boolean" or hostile.name == "help" or shared:
            continue
        good = [
            word
            for parameter in command.params
            if parameter is not hostile
            for word in where.get(parameter.name, ())
        ]
        for value in _values(hostile.name, hostile.type.name):
            given = _with(GOOD.get(name, ()), hostile, value, command.params)
            option = hostile.opts[0]
            yield Case("lamplighter", name, option, value, (*words, *good, *given))


def _with(good: Sequence[str], hostile: Any, value: str, params: Any) -> list[str]:
    """The good arguments with one of them, or one more, replaced."""
    words = list(good)
    if hostile.param_type_name == "option":
        if hostile.opts[0] in words and not hostile.multiple:
            words[words.index(hostile.opts[0]) + 1] = value
            return words
        return [*words, hostile.opts[0], value]
    place = [p for p in params if p.param_type_name == "argument"].index(hostile)
    return [*words[:place], value, *words[place + 1 :]] if value[:1] != "-" else [
        *[w for i, w in enumerate(words) if i > place], "--", *words[:place], value,
    ]  # fmt: skip


def _values(name: str, kind: str) -> tuple[str, ...]:
    if name in ADDRESSES:
        return URLS
    if kind in ("path", "file", "directory"):
        return PATHS
    return TEXTS if kind == "str" else NUMBERS


def _agent_cases(parser: argparse.ArgumentParser) -> Iterator[Case]:
    commands = next(a for a in parser._actions if isinstance(a.choices, dict))  # noqa: SLF001
    for name, below in dict(commands.choices or {}).items():
        given = [*_valued(parser), *_valued(below)]
        for action in given:
            for value in _agent_values(action):
                option = action.option_strings[0]
                good = dict(AGENT_GOOD if name == "enrol" else AGENT_GOOD[:1])
                good |= {option: value}
                if option.startswith("--token"):  # either of them
                    good = {o: v for o, v in good.items() if o == option or "--token" not in o}
                before = [f"{o}={v}" for o, v in good.items() if o in TOP]
                behind = [f"{o}={v}" for o, v in good.items() if o not in TOP]
                arguments = (*before, name, *behind)
                yield Case("lamplighter-agent", name, option, value, arguments)


def _valued(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [a for a in parser._actions if a.option_strings and a.nargs is None]  # noqa: SLF001


def _agent_values(action: argparse.Action) -> tuple[str, ...]:
    return _values(action.dest, "path" if action.type is given_path else "str")
