"""The grammar of SPF records, strictly (RFC 7208 12).

`record.py` keeps what an owner wrote, right or wrong; this says whether receivers take it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network

from omi_core.errors import OmiError

_MECHANISM = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9._-]*)((?:[:/].*)?)", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.DOTALL)
# RFC 7208 7.1: a digit is not zero; the letters c, r and t are for explanations only
MACRO = re.compile(r"%(?:\{([slodiphcrtvSLODIPHCRTV])([0-9]*)([rR]?)([-.+,/_=]*)\}|([%_-]))")
_LITERAL = re.compile(r"[\x21-\x24\x26-\x7E]*")
_TOP_LABEL = re.compile(r"(?=[A-Za-z0-9-]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?")
_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?$")
_FOR_EXPLANATIONS = frozenset("crt")
_LONGEST_PREFIX4, _LONGEST_PREFIX6 = 32, 128


class SpfSyntaxError(OmiError, ValueError):
    """The record is not SPF as RFC 7208 12 says: a permanent error for every receiver."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One mechanism with its qualifier; `domain` is a macro string, empty where none is given.

    `prefix4` and `prefix6` are in bits; `network` is set for ip4 and ip6 only.
    """

    qualifier: str
    mechanism: str
    domain: str
    prefix4: int
    prefix6: int
    network: IPv4Network | IPv6Network | None
    text: str


@dataclass(frozen=True, slots=True)
class SpfProgram:
    """A record that is grammatically right: its directives in order, and its two modifiers."""

    directives: tuple[Directive, ...]
    redirect: str = ""
    explanation: str = ""


@lru_cache(maxsize=1024)
def parse(text: str) -> SpfProgram:
    """Read `v=spf1 ...`; SpfSyntaxError names the term that is wrong."""
    directives: list[Directive] = []
    modifiers: dict[str, str] = {}
    for term in filter(None, text[len("v=spf1") :].split(" ")):
        if modifier := _MODIFIER.fullmatch(term):
            _read_modifier(modifier[1].lower(), modifier[2], term, modifiers)
        else:
            directives.append(_directive(term))
    return SpfProgram(tuple(directives), modifiers.get("redirect", ""), modifiers.get("exp", ""))


def _read_modifier(name: str, value: str, term: str, into: dict[str, str]) -> None:
    if name not in {"redirect", "exp"}:
        _check_macros(value, term)  # RFC 7208 6: unknown ones are ignored, if they are well-formed
        return
    if name in into:
        raise SpfSyntaxError("{name}= is there twice", name=name)
    _check_domain(value, term)
    into[name] = value


@lru_cache(maxsize=4096)  # one record may repeat a term thousands of times
def _directive(term: str) -> Directive:
    found = _MECHANISM.fullmatch(term)
    if found is None:
        raise SpfSyntaxError("{term!r} is not a mechanism", term=term[:40])
    mechanism, argument = found[2].lower(), found[3]
    if mechanism in {"ip4", "ip6"}:
        network = _network(mechanism, argument, term)
        return Directive(found[1] or "+", mechanism, "", 0, 0, network, term)
    domain, prefix4, prefix6 = _argument(mechanism, argument, term)
    return Directive(found[1] or "+", mechanism, domain, prefix4, prefix6, None, term)


def _argument(mechanism: str, argument: str, term: str) -> tuple[str, int, int]:
    prefix4, prefix6 = _LONGEST_PREFIX4, _LONGEST_PREFIX6
    if mechanism in {"a", "mx"}:
        cidr = _CIDR.search(argument)
        if cidr:
            prefix4, prefix6 = int(cidr[1] or prefix4), int(cidr[2] or prefix6)
            argument = argument[: cidr.start()]
    if prefix4 > _LONGEST_PREFIX4 or prefix6 > _LONGEST_PREFIX6:
        raise SpfSyntaxError("{term!r} has a prefix that is too long", term=term[:40])
    _check_argument(mechanism, argument, term)
    return argument[1:], prefix4, prefix6


def _check_argument(mechanism: str, argument: str, term: str) -> None:
    if mechanism not in {"all", "a", "mx", "ptr", "include", "exists"}:
        raise SpfSyntaxError("{term!r} is not a mechanism that SPF knows", term=term[:40])
    needs, may = mechanism in {"include", "exists"}, mechanism != "all"
    if argument.startswith(":") and may:
        _check_domain(argument[1:], term)
    elif argument or needs:
        raise SpfSyntaxError(
            "{term!r} is not how {mechanism} is written", term=term[:40], mechanism=mechanism
        )


def _network(mechanism: str, argument: str, term: str) -> IPv4Network | IPv6Network:
    address, slash, prefix = argument[1:].partition("/")
    plain = prefix.isascii() and prefix.isdigit() and (prefix == "0" or prefix[0] != "0")
    well_formed = argument.startswith(":") and (plain or not slash) and "%" not in address
    make = IPv4Network if mechanism == "ip4" else IPv6Network
    try:
        network = make(argument[1:], strict=False)
    except ValueError:
        network = None
    if network is None or not well_formed:
        raise SpfSyntaxError(
            "{term!r} holds no IPv{mechanism} network", term=term[:40], mechanism=mechanism[2]
        )
    return network


def _check_domain(text: str, term: str) -> None:
    """RFC 7208 7.1: a domain ends in a macro or in a dot and a top label."""
    _check_macros(text, term)
    macros = list(MACRO.finditer(text))
    if macros and macros[-1].end() == len(text) and macros[-1][1]:
        return
    rest = text[macros[-1].end() :] if macros else text
    before, dot, last = rest.removesuffix(".").rpartition(".")
    del before
    if not dot or not _TOP_LABEL.fullmatch(last):
        raise SpfSyntaxError("{term!r} names no domain", term=term[:40])


def _check_macros(text: str, term: str, *, in_explanation: bool = False) -> None:
    position = 0
    while position < len(text):
        literal = _LITERAL.match(text, position)
        position = literal.end() if literal else position
        if position == len(text):
            return
        macro = MACRO.match(text, position)
        if macro is None:
            raise SpfSyntaxError(
                "{term!r} holds a character or a macro that SPF does not know", term=term[:40]
            )
        _check_macro(macro, term, in_explanation=in_explanation)
        position = macro.end()


def _check_macro(macro: re.Match[str], term: str, *, in_explanation: bool) -> None:
    if macro[2] and not macro[2].strip("0"):
        raise SpfSyntaxError("{term!r} keeps zero parts of a macro", term=term[:40])
    if macro[1] and macro[1].lower() in _FOR_EXPLANATIONS and not in_explanation:
        raise SpfSyntaxError(
            "{term!r} uses %{{{macro}}}, which is for explanations", term=term[:40], macro=macro[1]
        )


def check_explanation(text: str) -> None:
    """Raise SpfSyntaxError where a text of `exp=` cannot be expanded (RFC 7208 6.2)."""
    # A space may stand wherever a letter may: not behind `%`, where `_` would make a macro of it.
    _check_macros(text.replace(" ", "x"), text, in_explanation=True)
