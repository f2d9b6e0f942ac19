"""What lets a shell complete a command line that argparse reads: bash, zsh and fish. Pure."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lamplighter_wire.command_line.given_paths import given_path


@dataclass(frozen=True)
class Option:
    """One that is spelled in one or several ways; `takes`: what follows it, if anything does."""

    names: tuple[str, ...]
    help: str
    takes: str = ""  # "", "file", "word", or words to choose from


@dataclass(frozen=True)
class CommandLine:
    """A program, its options, and those of each command; a command's words follow it."""

    program: str
    options: tuple[Option, ...]
    commands: Mapping[str, tuple[str, tuple[Option, ...], tuple[str, ...]]]


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """A script for `bash`, `zsh` or `fish`, to be read by it at its start."""
    return SHELLS[shell](read_parser(parser))


def read_parser(parser: argparse.ArgumentParser) -> CommandLine:
    """What a parser with commands takes."""
    commands: dict[str, tuple[str, tuple[Option, ...], tuple[str, ...]]] = {}
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            helps = {one.dest: one.help or "" for one in action._choices_actions}  # noqa: SLF001
            for name, command in action.choices.items():
                commands[name] = (helps.get(name, ""), _options(command), _words(command))
    return CommandLine(parser.prog, _options(parser), commands)


def _options(parser: argparse.ArgumentParser) -> tuple[Option, ...]:
    named = [action for action in parser._actions if action.option_strings]  # noqa: SLF001
    return tuple(Option(tuple(a.option_strings), a.help or "", _takes(a)) for a in named)


def _words(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    plain = [action for action in parser._actions if not action.option_strings]  # noqa: SLF001
    return tuple(str(word) for action in plain for word in action.choices or ())


def _takes(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.type is given_path:
        return "file"
    return " ".join(map(str, action.choices)) if action.choices else "word"


def _bash(line: CommandLine) -> str:
    function = "_" + line.program.replace("-", "_")
    everything = [*line.options, *(o for _, options, _ in line.commands.values() for o in options)]
    files, words = _spelled(everything, "file"), _spelled(everything, "word")
    top = " ".join([*_names(line.options), *line.commands])
    cases = [
        f'    {name}) words="{" ".join([*_names(options), *given])}" ;;'
        for name, (_, options, given) in line.commands.items()
    ]
    return f"""{function}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
    {_either(_spelled(line.options, "file") + _spelled(line.options, "word"))}) ((i++)) ;;
    -*) ;;
    *) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  case $before in
    {_either(files)}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    {_either(words)}) COMPREPLY=(); return ;;
  esac
  case $command in
    "") words="{top}" ;;
{chr(10).join(cases)}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o filenames -F {function} {line.program}
"""


def _zsh(line: CommandLine) -> str:
    function = "_" + line.program.replace("-", "_")
    commands = " ".join(_quoted(f"{n}:{_plain(about)}") for n, (about, *_) in line.commands.items())
    cases = [
        f"    {name}) _arguments {' '.join([*_zsh_options(options), *_zsh_words(given)])} ;;"
        for name, (_, options, given) in line.commands.items()
    ]
    return f"""#compdef {line.program}
{function}() {{
  local curcontext="$curcontext" state line
  local -a commands=({commands})
  _arguments -C {" ".join(_zsh_options(line.options))} '1: :->command' '*:: :->rest'
  case $state in
  command) _describe command commands ;;
  rest)
    case $words[1] in
{chr(10).join(cases)}
    esac ;;
  esac
}}
if [ "$funcstack[1]" = "{function}" ]; then
  {function} "$@"
else
  compdef {function} {line.program}
fi
"""


def _fish(line: CommandLine) -> str:
    def option(one: Option, condition: str) -> str:
        spelled = " ".join(
            f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in one.names
        )
        takes = {"": "", "file": " -r -F", "word": " -x"}.get(one.takes)
        takes = f" -x -a {_quoted(one.takes)}" if takes is None else takes
        return f"complete -c {line.program}{condition} {spelled}{takes} -d {_quoted(one.help)}"

    first = " -n __fish_use_subcommand"
    lines = [f"complete -c {line.program} -f", *(option(one, first) for one in line.options)]
    for name, (about, options, given) in line.commands.items():
        lines.append(f"complete -c {line.program}{first} -a {name} -d {_quoted(about)}")
        behind = f" -n '__fish_seen_subcommand_from {name}'"
        lines += [option(one, behind) for one in options]
        lines += [f"complete -c {line.program}{behind} -a {word}" for word in given]
    return "\n".join(lines) + "\n"


SHELLS: Mapping[str, Callable[[CommandLine], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def _names(options: tuple[Option, ...]) -> list[str]:
    return [name for option in options for name in option.names]


def _spelled(options: "list[Option] | tuple[Option, ...]", takes: str) -> list[str]:
    """Names of options that something of a kind follows."""
    return [name for option in options if option.takes == takes for name in option.names]


def _either(names: list[str]) -> str:
    return "|".join(dict.fromkeys(names))


def _zsh_options(options: tuple[Option, ...]) -> Iterator[str]:
    values = {"": "", "file": ":file:_files", "word": ":value: "}
    for option in options:
        value = values.get(option.takes, f":value:({option.takes})")
        for name in option.names:
            yield _quoted(f"{name}[{_plain(option.help)}]{value}")


def _zsh_words(given: tuple[str, ...]) -> list[str]:
    return [_quoted(f"1:word:({' '.join(given)})")] if given else []


def _plain(text: str) -> str:
    """Without what zsh reads as the end of a part."""
    return text.translate({ord("["): "(", ord("]"): ")", ord(":"): ","})


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
