"""Whose limits hold for a mail: its account's, and those of all accounts of its customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from omi_core.limits.limit import AccountLimits, SendLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One whose limits hold: a key of its own, the name that a sentence has, the limits.

    `counted` are the limits that need a counter, and `words` the same as the counter reads them,
    empty where there is none.
    """

    key: str
    name: str
    limits: SendLimits
    counted: tuple[int, ...]
    words: str

    @classmethod
    def of(cls, key: str, name: str, limits: SendLimits) -> Self:
        """Return the subject that has these limits."""
        counted = limits.counted
        words = " ".join(map(str, counted)) if any(counted) else ""
        return cls(key=key, name=name, limits=limits, counted=counted, words=words)


def subjects_of(login: str, limits: AccountLimits) -> Iterator[Subject]:
    """Yield whose limits hold for a login in lower case."""
    if limits.own.said():
        yield Subject.of(f"account {login}", login, limits.own)
    if limits.shared.said():
        # A reply is ASCII (RFC 5321 2.3.1), and what stands for another script tells nobody much.
        name = limits.customer if limits.customer.isascii() else limits.of
        yield Subject.of(f"customer {limits.of}", f"all accounts of {name}", limits.shared)
