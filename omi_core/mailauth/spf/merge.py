"""The one SPF record of a domain with our include in it, from what its owner published: pure.

Deploys publish it and customers are told it, so that both say the same. Where it cannot be known
what a term was meant to be, there is no such record, but the term that a person decides on: a
record with one bad term is a permanent error for all of the owner's mail (RFC 7208 4.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from omi_core.errors import InputError
from omi_core.mailauth.mangled import joints_as_spaces, repaired
from omi_core.mailauth.spf.fault import SpfFault, fault_in, read_term
from omi_core.mailauth.spf.record import SpfRecord, SpfTerm, is_spf
from omi_core.mailauth.spf.syntax import Directive
from omi_core.names import Fqdn

# The ends of a record, the one that refuses least first: joined records refuse nobody whom one of
# them let pass.
_ENDS = ("+", "", "?", "~", "-")
_VERSION = "v=spf1"

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Whom a record must authorise: by the include, or by every one of the addresses."""

    include: Fqdn
    addresses: tuple[Address, ...] = ()

    @property
    def term(self) -> str:
        """The include as it is written."""
        return f"include:{self.include.relative}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The record, and the modifiers that had to be left out, since only one may stand."""

    record: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """What stands in the way: `fault` is in `text`, one of the records."""

    fault: SpfFault
    text: str


@lru_cache(maxsize=1024)
def merged(texts: tuple[str, ...], ours: Ours) -> Merged | Unmerged:
    """Return the one record for the texts that were meant as SPF; none makes a first record.

    A single record that authorises us is kept octet for octet.
    """
    if not texts:
        return Merged(record=str(SpfRecord.of_nobody_yet().including(ours.include)))
    plain = tuple(map(_plain, texts))
    for text, said in zip(texts, plain, strict=True):
        if fault := _fault(text, said):
            return Unmerged(fault=fault, text=text)
    if len(texts) == 1 and texts == plain and authorises(texts[0], ours):
        return Merged(record=texts[0])
    record, left_out = _joined([SpfRecord.parse(said) for said in plain])
    return Merged(record=str(record.including(ours.include)), left_out=left_out)


def authorises(text: str, ours: Ours) -> bool:
    """Whether our include, or each of our addresses, is there, passes, and is reached."""
    try:
        record = SpfRecord.parse(text)
    except InputError:
        return False
    return record.authorises(ours.include) or _names(record, ours.addresses)


def ours_first(text: str, ours: Ours) -> str:
    """Return the record with our include before everything else, where nothing can end before."""
    terms = [term for term in SpfRecord.parse(text).terms if not term.includes(ours.include)]
    return str(SpfRecord((SpfTerm("", "include", f":{ours.include.relative}"), *terms)))


def _names(record: SpfRecord, addresses: Sequence[Address]) -> bool:
    networks = [found for term in record.reached if (found := _network(term))]

    def passes(address: Address) -> bool:
        first = (each for each in networks if each.network and address in each.network)
        return next((each.qualifier == "+" for each in first), False)

    return bool(addresses) and all(map(passes, addresses))


def _network(term: SpfTerm) -> Directive | None:
    if term.name.lower() not in {"ip4", "ip6"}:
        return None
    program = read_term(str(term))
    # `ip4=` is a modifier, which says nothing
    return next(iter(program.directives), None) if program else None


def _plain(text: str) -> str:
    """Return what receivers read, or what was meant where they read nothing."""
    if is_spf(text.encode(errors="surrogatepass")) and _is_sound(text):
        return text
    return _versioned(repaired(text))


def _versioned(plain: str) -> str:
    start = len(_VERSION)
    if plain[:start].lower() == _VERSION and plain[start : start + 1] not in {"", " "}:
        return f"{_VERSION} {plain[start:]}"  # the space was lost with the quotes
    return plain


def _is_sound(text: str) -> bool:
    return fault_in(text) is None


def _fault(text: str, plain: str) -> SpfFault | None:
    if text == plain:  # fault_in has been asked already where the text was taken as it is
        return fault_in(plain)
    if fault := fault_in(plain):
        return fault
    # Where one string ended and the next began, a space may have been meant or not.
    spaced = _versioned(joints_as_spaces(text))
    is_same = spaced.split() == plain.split()
    return SpfFault.joint(plain, spaced) if not is_same and _is_sound(spaced) else None


def _joined(records: Sequence[SpfRecord]) -> tuple[SpfRecord, tuple[str, ...]]:
    """Return one record of all terms, each once, and the modifiers that it cannot hold."""
    if len(records) == 1:
        return _each_modifier_once(records[0].terms)
    reached = [term for record in records for term in _reached(record)]
    ends = [record.terms[len(record.reached)] for record in records if _has_end(record)]
    # RFC 7208 5.1: what stood behind `all` had no effect, and gets none.
    behind = [term for record in records for term in record.terms[len(record.reached) + 1 :]]
    end = min(ends, key=lambda term: _ENDS.index(term.qualifier), default=None)
    return _each_modifier_once(
        (*dict.fromkeys(reached), *([end] if end else ()), *dict.fromkeys(behind))
    )


def _has_end(record: SpfRecord) -> bool:
    return len(record.reached) < len(record.terms)


def _reached(record: SpfRecord) -> tuple[SpfTerm, ...]:
    """Return what is tested; a redirect, which ends a record, becomes an include in a joined one.

    Beside `all` it is ignored (RFC 7208 6.1), and must stay so.
    """
    if _has_end(record):
        return record.reached
    others = tuple(term for term in record.reached if not term.is_redirect)
    redirects = (term for term in record.reached if term.is_redirect)
    return (*others, *(SpfTerm("", "include", f":{term.argument[1:]}") for term in redirects))


def _each_modifier_once(terms: Sequence[SpfTerm]) -> tuple[SpfRecord, tuple[str, ...]]:
    """Keep the first `exp=` and the first `redirect=`: a second is an error (RFC 7208 6)."""
    first: dict[str, SpfTerm] = {}
    kept, left_out = [], []
    for term in terms:
        is_single = term.is_explanation or term.is_redirect
        if not is_single or first.setdefault(term.name.lower(), term) is term:
            kept.append(term)
        elif term.argument.lower() != first[term.name.lower()].argument.lower():
            left_out.append(str(term))
    return SpfRecord(tuple(kept)), tuple(dict.fromkeys(left_out))
