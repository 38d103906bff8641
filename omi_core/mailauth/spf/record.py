"""SPF records as values (RFC 7208).

A record is kept term by term as its owner wrote it, known or not, so that adding our include
changes nothing else in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Self

from omi_core.errors import InputError
from omi_core.names import LONGEST_NAME, Fqdn

# RFC 7208 4.5: the version is followed by a space or by nothing; ABNF strings ignore case
_VERSION = re.compile(rb"v=spf1(?= |$)", re.IGNORECASE)
# RFC 7208 4.6.1: [qualifier] mechanism, or modifier; whatever else stands there is kept as it is
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9._-]*|)(.*)", re.DOTALL)
_TERM_CHARACTERS = re.compile(r"[\x21-\x7E]+")


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """One directive or modifier; `argument` begins with its own `:`, `/` or `=`."""

    qualifier: str
    name: str
    argument: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read one term; InputError if it holds a space or anything but ASCII."""
        if not _TERM_CHARACTERS.fullmatch(written):
            raise InputError(
                "{written!r} is not an SPF term: ASCII without spaces only", written=written[:40]
            )
        term = _TERM.fullmatch(written)
        return cls(*term.groups()) if term else cls("", "", written)

    @property
    def is_all(self) -> bool:
        """Whether it matches every sender (RFC 7208 5.1)."""
        return self.name.lower() == "all" and not self.argument

    @property
    def is_explanation(self) -> bool:
        """Whether it names the text for those who fail (RFC 7208 6.2)."""
        return self.name.lower() == "exp" and self.argument.startswith("=")

    @property
    def is_redirect(self) -> bool:
        """Whether it hands the judgement to another domain (RFC 7208 6.1)."""
        return self.name.lower() == "redirect" and self.argument.startswith("=")

    def includes(self, target: Fqdn) -> bool:
        """Whether it is `include:` of that name, with any qualifier (RFC 7208 5.2)."""
        return self.name.lower() == "include" and _spelled(self.argument) == str(target)

    @property
    def passes(self) -> bool:
        """Whether a match means pass, which is the default (RFC 7208 4.6.2)."""
        return self.qualifier in {"", "+"}

    def __str__(self) -> str:
        return f"{self.qualifier}{self.name}{self.argument}"


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """An SPF record: its terms in the order in which they are evaluated."""

    terms: tuple[SpfTerm, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `v=spf1 ...`; unknown terms are kept.

        Raises InputError if the version is another or a character is not ASCII
        (RFC 7208 4.5, 4.6).
        """
        if not is_spf(text.encode(errors="surrogatepass")):
            raise InputError(
                "{text!r} is not an SPF record: it must begin with 'v=spf1 '", text=text[:40]
            )
        return cls(tuple(SpfTerm.parse(term) for term in text[len("v=spf1") :].split(" ") if term))

    @classmethod
    def sending_from(cls, addresses: Iterable[IPv4Address | IPv6Address]) -> Self:
        """Return the record that authorises these addresses and no other (RFC 7208 5.6)."""
        ordered = sorted(set(addresses), key=lambda address: (address.version, int(address)))
        networks = (SpfTerm("", f"ip{address.version}", f":{address}") for address in ordered)
        return cls((*networks, SpfTerm("-", "all", "")))

    @classmethod
    def of_nobody_yet(cls) -> Self:
        """Return what a domain without SPF begins with.

        It ends in `~all`: who else sends for the domain is not known here, and DMARC passes or
        fails on DKIM without refusing them at the door (RFC 7208 8.5).
        """
        return cls((SpfTerm("~", "all", ""),))

    def including(self, target: Fqdn) -> "SpfRecord":
        """Return the record that also authorises whom `target` authorises.

        The include is evaluated only before `all` (RFC 7208 5.1), and comes before a `redirect`
        so that it is read with the mechanisms (6.1). It is never there twice; one that could not
        pass, by its qualifier or by its place, is put right. All other terms stay as they are.
        """
        ours = [term for term in self.terms if term.includes(target)]
        if len(ours) == 1 and ours[0].passes and ours[0] in self.reached:
            return self
        theirs = SpfRecord(tuple(term for term in self.terms if not term.includes(target)))
        place = theirs._place_of_include()
        include = SpfTerm("", "include", f":{target.relative}")
        return SpfRecord((*theirs.terms[:place], include, *theirs.terms[place:]))

    def authorises(self, target: Fqdn) -> bool:
        """Whether an include of `target` is there, passes, and is reached."""
        return any(term.includes(target) and term.passes for term in self.reached)

    @property
    def reached(self) -> tuple[SpfTerm, ...]:
        """The terms before `all`; those behind it are never tested (RFC 7208 5.1)."""
        ends = [place for place, term in enumerate(self.terms) if term.is_all]
        return self.terms[: ends[0]] if ends else self.terms

    @property
    def passes_all(self) -> bool:
        """Whether it ends in `+all`, or `all`: the whole world passes (RFC 7208 5.1)."""
        return any(term.passes for term in self.terms[len(self.reached) :][:1])

    def failing_softly(self) -> "SpfRecord":
        """Return the record with `~all` where its end is."""
        place = len(self.reached)
        return SpfRecord((*self.reached, SpfTerm("~", "all", ""), *self.terms[place + 1 :]))

    def _place_of_include(self) -> int:
        before_all = len(self.reached)
        if before_all < len(self.terms):
            return before_all
        redirects = [place for place, term in enumerate(self.terms) if term.is_redirect]
        return redirects[0] if redirects else before_all

    def __str__(self) -> str:
        return " ".join(["v=spf1", *map(str, self.terms)])


@lru_cache(maxsize=1024)
def passes_all(text: str) -> bool:
    """Whether a record ends in `+all`, or `all`: the whole world passes (RFC 7208 5.1)."""
    return SpfRecord.parse(text).passes_all


def is_spf(octets: bytes) -> bool:
    """Whether a TXT record is an SPF record (RFC 7208 4.5)."""
    return bool(_VERSION.match(octets))


def _spelled(argument: str) -> str:
    if len(argument) > LONGEST_NAME:  # it may have 64 KB, and labels without number
        return ""
    try:
        return str(Fqdn.parse(argument.removeprefix(":")))
    except InputError:  # a macro, or a name that cannot be: never ours
        return ""
