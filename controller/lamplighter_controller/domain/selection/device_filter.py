"""Which devices of a fleet: requirements on their fields and labels, read from one line of text.

    filter      = requirement *("," requirement)              all of them must hold
    requirement = key "=" values | key "!=" values            one of the values, or none of them
                | key | "!" key                               it has one, or has none
                | "seen" ("<" | ">") duration                 heard within, or not for so long
    values      = value *("|" value)                          a trailing * stands for any ending
    value       = plain text | quoted text                    quotes keep , | * and blanks
    duration    = number ["s" | "m" | "h" | "d"]

A key is one of `FIELDS`, or else the name of a label; `label.KEY` is a label of whatever name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lamplighter_client.typed.times import seconds_of
from lamplighter_wire.enums import Outcome

MAX_REQUIREMENTS = 16
MAX_VALUES = 64
LABEL = "label."

_TOKEN = re.compile(
    r"""\s*(?: (?P<comma>,) | (?P<test>!=|==|=|<|>) | (?P<bar>\|) | (?P<absent>!)
      | "(?P<quoted>[^"]*)" | (?P<plain>[^\s,=!<>|"]+(?:[ ]+[^\s,=!<>|"]+)*) )""",
    re.VERBOSE,
)


class DeviceField(StrEnum):
    """What a filter may ask for beside labels."""

    ID = "id"
    SITE = "site"
    STATE = "state"  # a PresenceState
    SEEN = "seen"  # seconds since it was last heard
    SERVING = "serving"  # variant
    MODEL = "model"  # of the variant
    HARDWARE = "hardware"  # class
    DEPLOYMENT = "deployment"  # what became of the last one: see `DEPLOYMENT_STATES`
    AGENT = "agent"  # version


class PresenceState(StrEnum):
    """Whether a device is there."""

    ONLINE = "online"
    OFFLINE = "offline"
    NEVER = "never"  # enrolled, but has never been online


class FilterTest(StrEnum):
    """How a requirement compares."""

    IS = "="
    IS_NOT = "!="
    PRESENT = "present"
    ABSENT = "absent"
    BELOW = "<"
    ABOVE = ">"


NO_DEPLOYMENT = "none"
UNDER_WAY = "underway"
DEPLOYMENT_STATES = (NO_DEPLOYMENT, UNDER_WAY, *(outcome for outcome in Outcome if outcome))
CHOICES: dict[str, tuple[str, ...]] = {
    DeviceField.STATE: tuple(PresenceState),
    DeviceField.DEPLOYMENT: DEPLOYMENT_STATES,
}
"""Fields that have one of a few words."""


class FilterError(ValueError):
    """A filter that cannot be read; says what is wrong and what to write instead."""


@dataclass(frozen=True)
class FilterValue:
    """A text, or the beginning of one."""

    text: str
    is_beginning: bool = False

    def matches(self, text: str) -> bool:
        """Whether a text is it, or begins with it."""
        return text.startswith(self.text) if self.is_beginning else text == self.text


@dataclass(frozen=True)
class Requirement:
    """One thing that must hold: of a field, or of the label `key` where `field` is None."""

    key: str
    field: DeviceField | None
    test: FilterTest
    values: tuple[FilterValue, ...] = ()
    seconds: float = 0.0  # of BELOW and ABOVE


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse_filter(text: str) -> tuple[Requirement, ...]:
    """The requirements of a filter; none of an empty one.

    Raises:
        FilterError: it is no filter.
    """
    tokens = list(_tokens(text))
    if not tokens:
        return ()
    requirements = tuple(_requirement(part) for part in _split(tokens, "comma"))
    if len(requirements) > MAX_REQUIREMENTS:
        raise FilterError(f"at most {MAX_REQUIREMENTS} requirements")
    return requirements


def _tokens(text: str) -> Iterator[_Token]:
    rest, at = text.rstrip(), 0
    while at < len(rest):
        match = _TOKEN.match(rest, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"cannot read {rest[at : at + 20]!r}; close the quotes")
        yield _Token(match.lastgroup, match[match.lastgroup])
        at = match.end()


def _split(tokens: list[_Token], kind: str) -> Iterator[list[_Token]]:
    part: list[_Token] = []
    for token in tokens:
        if token.kind == kind:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _requirement(tokens: list[_Token]) -> Requirement:
    match [token.kind for token in tokens]:
        case ["plain" | "quoted"]:
            return _about(tokens[0].text, FilterTest.PRESENT)
        case ["absent", "plain" | "quoted"]:
            return _about(tokens[1].text, FilterTest.ABSENT)
        case ["plain" | "quoted", "test", *_]:
            return _comparison(tokens[0].text, tokens[1].text, tokens[2:])
        case _:
            shown = " ".join(token.text for token in tokens)
            raise FilterError(f"{shown!r} is no requirement; write key=value, key!=value or !key")


def _comparison(key: str, sign: str, tokens: list[_Token]) -> Requirement:
    test = FilterTest.IS if sign == "==" else FilterTest(sign)
    if (key == DeviceField.SEEN) != (test in (FilterTest.BELOW, FilterTest.ABOVE)):
        raise FilterError("seen is compared by < or >, as in seen<5m, and all else by = or !=")
    if key == DeviceField.SEEN:
        return _about(key, test, seconds=_duration("".join(token.text for token in tokens)))
    values = tuple(_value(part, key) for part in _split(tokens, "bar"))
    if len(values) > MAX_VALUES:
        raise FilterError(f"at most {MAX_VALUES} values of {key}")
    words = CHOICES.get(key)
    if words and any(value.text not in words for value in values):
        raise FilterError(f"{key} is one of {', '.join(words)}")
    return _about(key, test, values)


def _about(
    key: str, test: FilterTest, values: tuple[FilterValue, ...] = (), seconds: float = 0.0
) -> Requirement:
    if key.startswith(LABEL):
        return Requirement(key.removeprefix(LABEL), None, test, values, seconds)
    field = DeviceField(key) if key in list(DeviceField) else None
    return Requirement(key, field, test, values, seconds)


def _value(tokens: list[_Token], key: str) -> FilterValue:
    match tokens:
        case []:
            return FilterValue("")
        case [_Token("quoted", text)]:
            return FilterValue(text)
        case [_Token("plain", text)]:
            return FilterValue(text.removesuffix("*"), text.endswith("*"))
        case _:
            raise FilterError(f"a value of {key} cannot be read; put it into double quotes")


def _duration(text: str) -> float:
    try:
        return seconds_of(f"{text}s" if text[-1:].isdigit() else text)
    except ValueError:
        remedy = "write 90, 90s, 5min, 2h or 3d"
        raise FilterError(f"{text[:20]!r} is no duration; {remedy}") from None
