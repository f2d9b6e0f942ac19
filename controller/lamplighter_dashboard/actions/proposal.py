"""What somebody is about to do: said whole before it is done. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lamplighter_client.endpoints import ApiRequest

from lamplighter_dashboard.words import figures

Given = Mapping[str, str]
HOUR_S = 3600.0


class NotYetError(Exception):
    """What was filled in is not enough; the text says what is missing."""


@dataclass(frozen=True)
class Field:
    """What is asked for. `choices`: what completes it."""

    name: str
    about: str
    value: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class Outlook:
    """What the controller is asked before anything is confirmed, and what its answer means."""

    request: ApiRequest[Any]
    told: Callable[[Any], Sequence[str]]


@dataclass(frozen=True)
class Became:
    """What an answer says that became of a request, in a sentence. `is_done` False: nothing, though
    nothing failed."""

    text: str
    is_done: bool = True


@dataclass(frozen=True)
class Proposal:
    """`effects`: in sentences, what follows. `word`: to be typed where nothing undoes it.
    `outlook`: nothing is confirmed before the controller has said what it would change. `deed`: is
    done beside the requests; it blocks, and raises HostError. `answered`: is given what the
    controller answered to each request, and may say what became of it; else `done` is said."""

    title: str
    effects: Sequence[str]
    requests: Sequence[ApiRequest[Any]]
    done: str
    word: str = ""
    outlook: Outlook | None = None
    deed: Callable[[], None] | None = None
    answered: Callable[[Any], Became | None] | None = None

    @property
    def does_something(self) -> bool:
        """Whether there is anything to confirm."""
        return bool(self.requests) or self.deed is not None


@dataclass(frozen=True)
class Draft:
    """A proposal that needs something filled in; `build` raises NotYetError until it is."""

    title: str
    build: Callable[[Given], Proposal]
    fields: Sequence[Field] = field(default_factory=tuple)


def settled(proposal: Proposal) -> Draft:
    """One that needs nothing filled in."""
    return Draft(proposal.title, lambda _given: proposal)


def named(devices: Sequence[str]) -> str:
    """ "cam-1", or "3 devices (cam-1, cam-2, …)"."""
    if len(devices) == 1:
        return devices[0]
    shown = ", ".join(devices[:3]) + (", …" if len(devices) > 3 else "")
    return f"{figures.count(len(devices), 'device')} ({shown})"


def needed(given: Given, name: str, what: str) -> str:
    """A field that must not be empty.

    Raises:
        NotYetError: it is.
    """
    text = given.get(name, "").strip()
    if not text:
        raise NotYetError(what)
    return text


def hours(given: Given) -> float:
    """The field "hours" in seconds.

    Raises:
        NotYetError: it is no number above 0.
    """
    try:
        life_s = float(given.get("hours", "")) * HOUR_S
    except ValueError:
        life_s = 0.0
    if not 0 < life_s < float("inf"):
        raise NotYetError("write for how many hours, such as 24")
    return life_s
