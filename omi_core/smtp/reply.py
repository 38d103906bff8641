"""A server's reply (RFC 5321 4.2), and what an EHLO reply offers (RFC 5321 4.1.1.1)."""

import re
from dataclasses import dataclass

_LONGEST_SIZE = 20  # RFC 1870 4
_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)
_TAKEN_BY = re.compile(r"LaunchID=\S+|(?<=queued as )\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Code and lines of one reply; the lines are without the code and already masked."""

    code: int
    lines: tuple[str, ...]

    @property
    def is_positive(self) -> bool:
        """Whether the command was carried out (2yz) or goes on (3yz)."""
        return 200 <= self.code < 400  # noqa: PLR2004 - RFC 5321 4.2.1

    @property
    def is_transient(self) -> bool:
        """Whether the client is to try again later (4yz)."""
        return 400 <= self.code < 500  # noqa: PLR2004 - RFC 5321 4.2.1

    @property
    def number(self) -> str | None:
        """What support asks for: `LaunchID=...`, or the queue id in `queued as ...`."""
        found = _TAKEN_BY.search(" ".join(self.lines))
        return found[0] if found else None

    def __str__(self) -> str:
        return f"{self.code} {' / '.join(self.lines)}".rstrip()


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One line of a reply as it came, without its line end."""

    code: int
    is_last: bool
    text: bytes


def parse_line(octets: bytes) -> ReplyLine | None:
    """Read one line; None where it has not the form of a reply."""
    found = _LINE.fullmatch(octets)
    if found is None or (found[3] and not found[2]):
        return None
    return ReplyLine(int(found[1]), found[2] != b"-", found[3])


def keywords(ehlo: Reply | None) -> dict[str, str]:
    """Return what an EHLO reply offers, upper case, with parameters; {} where there is none."""
    if ehlo is None or not ehlo.is_positive:
        return {}
    pairs = (line.strip().partition(" ") for line in ehlo.lines[1:])
    return {name.upper(): value.strip() for name, _, value in pairs if name}


def mechanisms(ehlo: Reply | None) -> frozenset[str]:
    """Return the AUTH mechanisms that an EHLO reply offers (RFC 4954 3), upper case."""
    offered = keywords(ehlo)
    words = offered.get("AUTH", "").split()
    # `AUTH=LOGIN PLAIN` is how servers spoke before the RFC, and some still do.
    words += [
        w
        for name, rest in offered.items()
        if name.startswith("AUTH=")
        for w in f"{name[5:]} {rest}".split()
    ]
    return frozenset(word.upper() for word in words)


def is_size(value: str) -> bool:
    """Whether the parameter of SIZE is a number (RFC 1870 4: of at most 20 digits)."""
    return value.isascii() and value.isdigit() and len(value) <= _LONGEST_SIZE
