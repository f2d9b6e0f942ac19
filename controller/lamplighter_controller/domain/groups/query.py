"""A query over devices as a value, read from one line of text.

    query    = all *("or" all)
    all      = one *("and" one)
    one      = "not" one | "(" query ")" | test
    test     = key                                     it has one: not empty, not 0, not false
             | key ("=" | "!=") value *("|" value)     one of the values, or none of them
             | key ("<" | "<=" | ">" | ">=") number    it has one, and that compares so
    value    = word | quoted                           a trailing * of a word stands for any ending
    number   = digits ["s" | "min" | "m" | "h" | "d" | "k" | "M" | "G"], or another unit of time

Words have no blanks and none of = ! < > | ( ) "; quotes keep all of these, and make a name of the
words `and`, `or` and `not`. What keys there are, `facts` says; any other is the name of a label.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from lamplighter_client.typed.times import UNITS_S

MAX_DEPTH = 20
UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, **UNITS_S}
USUAL_UNITS = "s, min, h, d, k, M, G"
RESERVED = ("and", "or", "not")

_TOKEN = re.compile(
    r"""\s*(?: (?P<sign><=|>=|!=|==|=|<|>) | (?P<bar>\|) | (?P<open>\() | (?P<close>\))
      | "(?P<quoted>[^"]*)" | (?P<word>[^\s=!<>|()"]+) )""",
    re.VERBOSE,
)
_BAD_SIGNS = {'"': "close the quotes", "!": "write not, or != between key and value"}
_NUMBER = re.compile(r"(-?\d{1,15}(?:\.\d{1,9})?)([A-Za-z]*)")


class QueryError(ValueError):
    """A query that cannot be read: says where, counted from 1, and what to write instead."""

    def __init__(self, position: int, remedy: str) -> None:
        super().__init__(f"at character {position}: {remedy}")
        self.position = position


class QuerySign(StrEnum):
    """How a test compares."""

    PRESENT = "present"
    IS = "="
    IS_NOT = "!="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True)
class QueryValue:
    """A text, or the beginning of one."""

    text: str
    is_beginning: bool = False

    def matches(self, text: str) -> bool:
        """Whether a text is it, or begins with it."""
        return text.startswith(self.text) if self.is_beginning else text == self.text


@dataclass(frozen=True)
class QueryTest:
    """One comparison of what a key names."""

    key: str
    sign: QuerySign = QuerySign.PRESENT
    values: tuple[QueryValue, ...] = ()
    number: float = 0.0  # of comparisons by size


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    part: "Query"


@dataclass(frozen=True)
class All:
    """All of these must hold."""

    parts: tuple["Query", ...]


@dataclass(frozen=True)
class Any:
    """One of these must hold."""

    parts: tuple["Query", ...]


Query = QueryTest | Not | All | Any


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def parse_query(text: str) -> Query:
    """The query in a text.

    Raises:
        QueryError: it is none.
    """
    reader = _Reader(_tokens(text))
    query = reader.either(0)
    rest = reader.next
    if rest.kind != "end":
        raise QueryError(rest.position, f"write and or or before {rest.text!r}")
    return query


def keys_of(query: Query) -> set[str]:
    """All keys that a query asks for."""
    match query:
        case QueryTest(key):
            return {key}
        case Not(part):
            return keys_of(part)
        case All(parts) | Any(parts):
            return set().union(*map(keys_of, parts))


def _tokens(text: str) -> list[_Token]:
    rest, at, tokens = text.rstrip(), 0, []
    while at < len(rest):
        match = _TOKEN.match(rest, at)
        if match is None or match.lastgroup is None:
            place = len(rest) - len(rest[at:].lstrip())
            raise QueryError(place + 1, _BAD_SIGNS[rest[place]])
        kind, found = match.lastgroup, match[match.lastgroup]
        kind = found if kind == "word" and found in RESERVED else kind
        tokens.append(_Token(kind, found, match.start(match.lastgroup) + 1))
        at = match.end()
    return [*tokens, _Token("end", "the end", len(rest) + 1)]


class _Reader:
    """Reads tokens from the left; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._at]

    def either(self, depth: int) -> Query:
        parts = [self._every(depth)]
        while self._take("or"):
            parts.append(self._every(depth))
        return Any(tuple(parts)) if len(parts) > 1 else parts[0]

    def _every(self, depth: int) -> Query:
        parts = [self._one(depth)]
        while self._take("and"):
            parts.append(self._one(depth))
        return All(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self, depth: int) -> Query:
        if depth > MAX_DEPTH:
            raise QueryError(self.next.position, f"nest {MAX_DEPTH} levels at most")
        if self._take("not"):
            return Not(self._one(depth + 1))
        if opening := self._take("open"):
            within = self.either(depth + 1)
            if not self._take("close"):
                raise QueryError(opening.position, "close this bracket")
            return within
        return self._test()

    def _test(self) -> QueryTest:
        token = self.next
        key = self._take("word", "quoted")
        if key is None or not key.text:
            raise QueryError(token.position, f"write a key, as in site=north, not {token.text!r}")
        sign = self._take("sign")
        if sign is None:
            return QueryTest(key.text)
        kind = QuerySign("=" if sign.text == "==" else sign.text)
        if kind not in (QuerySign.IS, QuerySign.IS_NOT):
            return QueryTest(key.text, kind, number=self._number(key.text))
        values = [self._value(key.text)]
        while self._take("bar"):
            values.append(self._value(key.text))
        return QueryTest(key.text, kind, tuple(values))

    def _value(self, key: str) -> QueryValue:
        token = self.next
        if self._take("quoted"):
            return QueryValue(token.text)
        if self._take("word"):
            return QueryValue(token.text.removesuffix("*"), token.text.endswith("*"))
        remedy = f"write a value of {key}, or quote it, not {token.text!r}"
        raise QueryError(token.position, remedy)

    def _number(self, key: str) -> float:
        token = self.next
        found = _NUMBER.fullmatch(token.text) if self._take("word") else None
        if found is None or found[2] not in UNITS:
            remedy = f"write a number for {key}, with {USUAL_UNITS} behind it if need be"
            raise QueryError(token.position, remedy)
        return float(found[1]) * UNITS[found[2]]

    def _take(self, *kinds: str) -> _Token | None:
        token = self.next
        if token.kind not in kinds:
            return None
        self._at += 1
        return token
