"""The term of an SPF record that a person has to look at, and what very likely happened to it.

Nothing is repaired here. A term that receivers can read is a fault too where it surely says
something else than was meant: `include=`, which they ignore, or two terms without a space between;
and where it stands in the way of our include: it decides too early, or costs a look-up too many.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from omi_core.mailauth.spf.syntax import MACRO, SpfProgram, SpfSyntaxError, parse
from omi_core.text import Text

_LONGEST_SHOWN = 80
_MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
_WITH_VALUE = frozenset({"include", "ip4", "ip6", "exists"})  # nothing without one
_IP_NAMES = {"ipv4": "ip4", "ipv6": "ip6", "ip": "ip4, ip6"}
_HEAD = re.compile(r"[+?~-]?([A-Za-z0-9]+)([:=.]?)")
_INNER = re.compile(r"(?:include|exists|ip4|ip6|redirect|exp|ptr|mx|a)[:=]", re.IGNORECASE)
_SURE_INNER = re.compile(r"(?:include|exists|ip4|ip6|redirect|exp)[:=]", re.IGNORECASE)
_ALLS = ("~all", "-all", "?all", "+all")


class Cause(StrEnum):
    """What happened to a term, as far as it shows."""

    ALL_GLUED = "all-glued"  # ip4:203.0.113.7~all
    TERMS_GLUED = "terms-glued"  # include:a.exampleinclude:b.example
    SPACED = "spaced"  # ip4: 203.0.113.9
    COLON = "colon"  # ip4 203.0.113.9
    LOOKALIKE = "lookalike"  # a Cyrillic letter, or a dash in place of the minus sign
    IP_VERSION = "ip-version"  # ipv4:203.0.113.0/24
    EQUALS = "equals"  # include=a.example
    DOT = "dot"  # include.a.example
    TWICE = "twice"  # redirect=a.example redirect=b.example (RFC 7208 6)
    UNREADABLE = "unreadable"
    ORDER = "order"  # -ip4:203.0.113.7 in one of two records
    LOOKUPS = "look-ups"  # the dearest of those that need more than ten (RFC 7208 4.6.4)
    UNCOUNTED = "uncounted"  # an include that has no answer just now


_SENTENCES = {
    Cause.ALL_GLUED: Text("{term}: a space is missing before {part}"),
    Cause.TERMS_GLUED: Text("{term}: a space is missing before {part}"),
    Cause.SPACED: Text("{term}: no space may stand there"),
    Cause.COLON: Text("{term}: a colon belongs where the space is"),
    Cause.LOOKALIKE: Text("{term}: {part} in it is not ASCII, whatever it looks like"),
    Cause.IP_VERSION: Text("{term}: the mechanism is called {part}"),
    Cause.EQUALS: Text("{term}: it has = instead of :"),
    Cause.DOT: Text("{term}: it has . instead of :"),
    Cause.TWICE: Text("{term}: {part} may stand only once (RFC 7208 6)"),
    Cause.UNREADABLE: Text("{term}: receivers do not know such a term"),
    Cause.ORDER: Text("{term}: in one record it would decide about whom another record lets pass"),
    Cause.LOOKUPS: Text(
        "{term}: one of the terms that need {part} look-ups, where receivers make 10"
        " (RFC 7208 4.6.4)"
    ),
    Cause.UNCOUNTED: Text("{term}: its look-ups cannot be counted, as there is no answer ({part})"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfFault:
    """A term with its cause; `part` is the piece of it, or the word, that the cause is about."""

    cause: Cause
    term: str
    part: str | Text = ""

    @classmethod
    def joint(cls, joined: str, spaced: str) -> Self:
        """Return the first term that is one or two, by whether a space belonged into the joint."""
        words = spaced.split()
        pairs = zip(joined.split(), words, words[1:], strict=False)
        one, part = next(((one, after) for one, word, after in pairs if one != word), (joined, ""))
        return cls(cause=Cause.TERMS_GLUED, term=one, part=part)

    @property
    def sentence(self) -> Text:
        """What is wrong with the term."""
        return _SENTENCES[self.cause].format(term=_short(self.term), part=self._part)

    @property
    def _part(self) -> str | Text:
        return _short(self.part) if isinstance(self.part, str) else self.part

    def __str__(self) -> str:
        return self.sentence.en


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def fault_in(text: str) -> SpfFault | None:
    """Return the first fault of `v=spf1 ...`, the text beginning with its version."""
    if text[: len("v=spf1")].lower() != "v=spf1":
        return SpfFault(cause=Cause.UNREADABLE, term=text.partition(" ")[0])
    words = [word for word in text[len("v=spf1") :].split(" ") if word]
    for place, word in enumerate(words):
        if fault := _fault(word, _after(words[place + 1 : place + 3])):
            return fault
    return _twice(words)


def _after(words: list[str]) -> str:
    """Return the next word; a colon that stands alone takes the one behind it along."""
    return " ".join(words if words[:1] in ([":"], ["="]) else words[:1])


def _fault(word: str, after: str) -> SpfFault | None:
    is_read = read_term(word) is not None
    return (
        _lookalike(word)
        or _glued_all(word, is_read=is_read)
        or _misspelled(word, is_read=is_read)
        or (None if is_read else _parted(word, after))
        or _glued(word, is_read=is_read)
        or (None if is_read else SpfFault(cause=Cause.UNREADABLE, term=word))
    )


def _lookalike(word: str) -> SpfFault | None:
    """A reader cannot see what is wrong with it: RFC 7208 4.5 takes ASCII alone."""
    sign = next((one for one in word if not one.isascii()), "")
    if not sign:
        return None
    part = f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip()
    return SpfFault(cause=Cause.LOOKALIKE, term=word, part=part)


def read_term(word: str) -> SpfProgram | None:
    """Return what receivers read in one term; None where it is not a term to them."""
    try:
        return parse(f"v=spf1 {word}")
    except SpfSyntaxError:
        return None


def _glued_all(word: str, *, is_read: bool) -> SpfFault | None:
    """`include:a.example-all` is well-formed, and the name of no domain: no top level is such."""
    end = word[-len("~all") :]
    if end.lower() not in _ALLS or word == end or (is_read and not _domain_of(word)):
        return None
    return SpfFault(cause=Cause.ALL_GLUED, term=word, part=end)


def _misspelled(word: str, *, is_read: bool) -> SpfFault | None:
    head = _HEAD.match(word)
    name, mark = (head[1].lower(), head[2]) if head else ("", "")
    if name in _MECHANISMS and mark == "=":
        return SpfFault(cause=Cause.EQUALS, term=word)
    if is_read:
        return None
    if part := _other_version(name, word):
        return SpfFault(cause=Cause.IP_VERSION, term=word, part=part)
    if head and name in _MECHANISMS and mark == "." and head.end() < len(word):
        return SpfFault(cause=Cause.DOT, term=word)
    return None


def _parted(word: str, after: str) -> SpfFault | None:
    """A space stands before the value, or in the place of the colon."""
    head = _HEAD.fullmatch(word)
    if head is None or not after:
        return None
    if head[2] in {":", "="} or after[0] in ":=":
        return SpfFault(cause=Cause.SPACED, term=f"{word} {after}")
    if head[1].lower() in _WITH_VALUE and not read_term(after):
        return SpfFault(cause=Cause.COLON, term=f"{word} {after}")
    return None


def _other_version(name: str, word: str) -> str:
    """Return what `ipv4:` is called, or `ip4:` with an address of IPv6."""
    if name in _IP_NAMES:
        return _IP_NAMES[name]
    other = {"ip4": "ip6", "ip6": "ip4"}.get(name, "")
    return other if other and read_term(f"{other}:{word.partition(':')[2]}") else ""


def _glued(word: str, *, is_read: bool) -> SpfFault | None:
    """A colon or an equals sign is in the name of no host, but in the next term."""
    within = MACRO.sub("", _domain_of(word)) if is_read else word[1:]
    if is_read and not {":", "="} & set(within):
        return None
    begin = word.find(_domain_of(word)) if is_read else 1
    inner = (_INNER if is_read else _SURE_INNER).search(word, begin)
    if inner is None and not is_read:
        return None
    part = word[inner.start() :] if inner else within
    return SpfFault(cause=Cause.TERMS_GLUED, term=word, part=part)


def _domain_of(word: str) -> str:
    """Return the domain that a well-formed term names, as it is written there."""
    program = read_term(word)
    if program is None:
        return ""
    named = [each.domain for each in program.directives]
    return next(filter(None, (*named, program.redirect, program.explanation)), "")


def _twice(words: list[str]) -> SpfFault | None:
    first: dict[str, str] = {}
    for word in words:
        name, equals, value = word.lower().partition("=")
        if equals and name in {"redirect", "exp"} and first.setdefault(name, value) != value:
            return SpfFault(cause=Cause.TWICE, term=word, part=f"{name}=")
    return None
