"""Domain names and addresses in one canonical form.

Inside the package a name is lower case, A-label (RFC 5890) and absolute, with its trailing dot;
conversion happens only where a person writes one or a foreign interface wants another form.
"""

import re
from dataclasses import dataclass
from typing import Self

import idna

from omi_core.errors import InputError

LONGEST_NAME = 254  # RFC 1035 2.3.4: 255 octets on the wire; here with the trailing dot
LONGEST_LABEL = 63
LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1

# The full stops of East Asian keyboards are dots (RFC 5895 2.3).
_FULL_STOPS = str.maketrans("\u3002\uff0e\uff61", "...")

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
# What most names are, as programs write them: nothing to convert, and no number at its end.
_PLAIN = re.compile(rf"(?:{_LABEL.pattern}\.)*(?=[a-z_-]){_LABEL.pattern}", re.ASCII)
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@dataclass(frozen=True, slots=True, order=True)
class Fqdn:
    """A fully qualified domain name, for example `smtp.itpison.com.` (RFC 1034 3.1)."""

    text: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a name as people write it: any case, U-labels, with or without the last dot.

        Raises InputError for what cannot be a name of a host, a domain or a record.
        """
        if len(written) < LONGEST_NAME and _PLAIN.fullmatch(written):
            return cls(f"{written}.")
        labels = written.strip().translate(_FULL_STOPS).removesuffix(".").split(".")
        ascii_labels = [_a_label(label, written) for label in labels]
        if ascii_labels[-1].isdigit():  # RFC 3696 section 2: no top-level domain is a number
            raise InputError("{written!r} is an address, not a name", written=written)
        name = ".".join(ascii_labels) + "."
        if len(name) > LONGEST_NAME:
            raise InputError(
                "{written!r} is longer than the 253 characters a name may have", written=written
            )
        return cls(name)

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)  # which a text remembers, and the tuple of a dataclass does not

    @property
    def relative(self) -> str:
        """The form without the trailing dot, as mail and TLS write it."""
        return self.text[:-1]

    @property
    def parent(self) -> "Fqdn":
        """The name without its leftmost label."""
        return Fqdn(self.text.partition(".")[2] or ".")

    def child(self, labels: str) -> "Fqdn":
        """Return the name with `labels` (one or several, dotted) before it."""
        return Fqdn.parse(f"{labels}.{self.relative}")

    def within(self, zone: "Fqdn") -> bool:
        """Whether this name is `zone` itself or below it."""
        return self == zone or self.text.endswith("." + zone.text)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A mail address: the local part as written, the domain canonical (RFC 5321 4.1.2)."""

    local_part: str
    domain: Fqdn

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `local@domain`; quoted local parts are refused, no customer has one."""
        local_part, at, domain = written.strip().rpartition("@")
        if not at or not _LOCAL_PART.fullmatch(local_part):
            raise InputError(
                "{written!r} is not a mail address; write it as name@example.com", written=written
            )
        if len(local_part) > LONGEST_LOCAL_PART:
            raise InputError(
                "{written!r} has more than {longest_local_part} characters before @",
                written=written,
                longest_local_part=LONGEST_LOCAL_PART,
            )
        return cls(local_part, Fqdn.parse(domain))

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain.relative}"


def in_script(name: str) -> str:
    """Return a name as people write it, with its A-labels beside (RFC 5890 2.3.2.1).

    What is ASCII all through, or no name, is returned as it is.
    """
    written = unicode_of(name)
    return name if written == name else f"{written} ({name})"


def unicode_of(name: str) -> str:
    """Return a name with U-labels; a label that is not the A-label of one stays as it is."""
    return ".".join(map(_u_label, name.split("."))) if "xn--" in name else name


def _u_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        written = idna.decode(label)
        return written if idna.encode(written).decode() == label else label
    except idna.IDNAError:
        return label


def _a_label(label: str, written: str) -> str:
    folded = label.lower()
    if not folded.isascii():
        folded = _encode(folded, written)
    if not _LABEL.fullmatch(folded):
        raise InputError(
            "{written!r} is not a domain name: {label}", written=written, label=_label_fault(label)
        )
    return folded


def _encode(label: str, written: str) -> str:
    try:
        return idna.encode(label, uts46=True).decode()
    except idna.IDNAError as error:
        raise InputError(
            "{written!r} is not a domain name: {error}", written=written, error=error
        ) from error


def _label_fault(label: str) -> str:
    if not label:
        return "it has an empty part between dots"
    if len(label) > LONGEST_LABEL:
        return f"{label[:20]!r}... is longer than {LONGEST_LABEL} characters"
    return f"{label!r} may hold only letters, digits, hyphens and underscores, no hyphen at an end"
