"""Macros in SPF terms (RFC 7208 7)."""

import re
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from omi_core.mailauth.spf.syntax import MACRO

LONGEST_DOMAIN = 253  # RFC 7208 7.3
_LONGEST_COUNT = 4  # digits; no value of a macro has as many as 9,999 parts
_PLAIN = {"%": "%", "_": " ", "-": "%20"}
_UNRESERVED = "-._~"  # RFC 3986 2.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What SPF is asked about: the connecting address, MAIL FROM, the name in EHLO."""

    ip: IPv4Address | IPv6Address
    sender: str
    helo: str
    receiver: str = "unknown"

    @classmethod
    def of(cls, ip: IPv4Address | IPv6Address, sender: str, helo: str) -> "Mail":
        """Return the mail; an IPv4 address mapped into IPv6 counts as IPv4 (RFC 7208 5)."""
        mapped = getattr(ip, "ipv4_mapped", None)
        if "@" not in sender:
            sender = f"postmaster@{sender or helo}"  # RFC 7208 2.4, 4.3
        if sender.startswith("@"):
            sender = f"postmaster{sender}"
        return cls(ip=mapped or ip, sender=sender, helo=helo)

    @property
    def dotted(self) -> str:
        """The address as macro `i`: dots between octets, or between hexadecimal digits."""
        if isinstance(self.ip, IPv4Address):
            return str(self.ip)
        return ".".join(self.ip.exploded.replace(":", ""))

    @property
    def reverse_name(self) -> str:
        """The name of its PTR record."""
        return self.ip.reverse_pointer

    def value(self, letter: str, domain: str, validated: str) -> str:
        """Return what a macro letter stands for (RFC 7208 7.2)."""
        local, _, of = self.sender.rpartition("@")
        return {
            "s": self.sender,
            "l": local,
            "o": of,
            "d": domain,
            "i": self.dotted,
            "p": validated,
            "v": "in-addr" if self.ip.version == 4 else "ip6",  # noqa: PLR2004
            "h": self.helo,
            "c": str(self.ip),
            "r": self.receiver,
            "t": str(int(time.time())),
        }[letter]


def needs_validated_name(text: str) -> bool:
    """Whether expanding needs the PTR names of the client."""
    return any(macro[1] in {"p", "P"} for macro in MACRO.finditer(text))


def expand(text: str, mail: Mail, domain: str, validated: str = "unknown") -> str:
    """Replace each macro; `validated` is the client's validated name (RFC 7208 7.3)."""
    if "%" not in text:
        return text
    return MACRO.sub(lambda macro: _expanded(macro, mail, domain, validated), text)


def shortened(domain: str) -> str:
    """Drop labels from the left until the name has 253 characters at most (RFC 7208 7.3)."""
    domain = domain.removesuffix(".")
    if len(domain) <= LONGEST_DOMAIN:
        return domain
    # Not label by label: a record of 64 KB can make two million of them, each a copy of the rest.
    _, dot, rest = domain[-LONGEST_DOMAIN - 1 :].partition(".")
    return rest if dot else domain.rpartition(".")[2]


def _expanded(macro: re.Match[str], mail: Mail, domain: str, validated: str) -> str:
    if macro[5]:
        return _PLAIN[macro[5]]
    letter, digits, backwards, delimiters = macro[1], macro[2], macro[3], macro[4] or "."
    value = mail.value(letter.lower(), domain, validated)
    if digits or backwards or delimiters != ".":
        parts = re.split(f"[{re.escape(delimiters)}]", value)
        parts = parts[::-1] if backwards else parts
        value = ".".join(_rightmost(parts, digits))
    # RFC 7208 7.3: an upper-case letter asks for URL escapes
    return quote(value, safe=_UNRESERVED) if letter.isupper() else value


def _rightmost(parts: list[str], digits: str) -> list[str]:
    """Return as many parts as the digits say; all, where that is more than there are.

    RFC 7208 7.1 allows any number of digits, which no int has to be made of.
    """
    significant = digits.lstrip("0")
    if not significant or len(significant) > _LONGEST_COUNT:
        return parts
    return parts[-int(significant) :]
