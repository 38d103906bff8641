"""DMARC policy records as values (RFC 7489 6.3, 6.4)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from omi_core.errors import InputError
from omi_core.mailauth.mangled import kind_of
from omi_core.mailauth.taglist import Tags, format_tags, parse_tags, without

# RFC 7489 6.4: white space may stand around the equals sign, the tag's name may be upper case,
# and its value may not be lower case (%x44.4d.41.52.43.31)
_VERSION = re.compile(rb"[vV][ \t]*=[ \t]*DMARC1(?=[ \t;]|$)")
# What only a policy says, with its version lost or misspelled
_POLICY = re.compile(r"dmarc|(?:^|[;\s])s?p\s?[=:]", re.IGNORECASE)


class Policy(StrEnum):
    """What the owner of the domain asks for mail that fails (RFC 7489 6.3, tag p)."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A policy record; `others` are all tags after v and p, in their order."""

    policy: Policy
    others: Tags = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `v=DMARC1; p=...`; unknown tags are kept (RFC 7489 6.3).

        Raises InputError for what is not a tag list, does not begin with v=DMARC1, or has no p=
        of the three policies.
        """
        tags = parse_tags(text)
        if not tags or (tags[0][0].lower(), tags[0][1]) != ("v", "DMARC1"):
            raise InputError(
                "{text!r} is not a DMARC record: it must begin with v=DMARC1", text=text[:40]
            )
        policy = dict(tags).get("p", "").lower()
        if policy not in set(Policy):
            raise InputError(
                "DMARC p={policy!r} must be none, quarantine or reject", policy=policy[:20]
            )
        return cls(Policy(policy), without(tags[1:], "p"))

    def __str__(self) -> str:
        return format_tags((("v", "DMARC1"), ("p", self.policy.value), *self.others))


def is_dmarc(octets: bytes) -> bool:
    """Whether receivers take a TXT record at `_dmarc` for DMARC (RFC 7489 6.6.3)."""
    return bool(_VERSION.match(octets))


def is_meant_as_dmarc(text: str) -> bool:
    """Whether a TXT record at `_dmarc` was meant as a policy, also where receivers discard it."""
    kind = kind_of(text)
    return kind == "dmarc" or (not kind and bool(_POLICY.search(text)))
