"""The one SPF record of a domain with our include in it, from what its owner published: pure.

Deploys publish it and customers are told it, so that both say the same. Where it cannot be known
what a term was meant to be, there is no such record, but the term that a person decides on: a
record with one bad term is a permanent error for all of the owner's mail (RFC 7208 4.6).
How many look-ups the record needs is not known here: see `fitting.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from omi_core.errors import InputError
from omi_core.mailauth.mangled import joints_as_spaces, kind_of, repaired
from omi_core.mailauth.spf.fault import Cause, SpfFault, fault_in, read_term
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
    """The record; what of the texts is not in it, since one alone can stand; and what is new in it.

    `unseen` are texts that no receiver takes for SPF, whose terms come into force with it.
    """

    record: str
    left_out: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether it may be published before a person has looked at it."""
        return not self.left_out and not self.unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """What stands in the way: `fault` is in `text`, one of the records."""

    fault: SpfFault
    text: str


def spf_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return those of a name's TXT records that were meant as SPF."""
    return tuple(text for text in texts if kind_of(text) == "spf")


def merged(texts: tuple[str, ...], ours: Ours) -> Merged | Unmerged:
    """Return the one record for the texts that were meant as SPF; none makes a first record.

    A single record that authorises us is kept octet for octet. Several are joined in one order,
    the longest first, since a set has none (RFC 2181 5) and each server gives it another.
    """
    return _merged(tuple(sorted(set(texts), key=lambda text: (-len(text), text))), ours)


@lru_cache(maxsize=1024)
def _merged(texts: tuple[str, ...], ours: Ours) -> Merged | Unmerged:
    if not texts:
        return Merged(record=str(SpfRecord.of_nobody_yet().including(ours.include)))
    plain = tuple(map(_plain, texts))
    for text, said in zip(texts, plain, strict=True):
        if fault := _fault(text, said):
            return Unmerged(fault=fault, text=text)
    if len(texts) == 1 and texts == plain and authorises(texts[0], ours):
        return Merged(record=texts[0])
    records = [SpfRecord.parse(said) for said in plain]
    for text, each in zip(texts, records, strict=True):
        if len(records) > 1 and (term := _deciding(each, ours)):
            fault = SpfFault(cause=Cause.ORDER, term=str(term))
            return Unmerged(fault=fault, text=text)
    record, left_out = _joined(records)
    unseen = tuple(text for text in texts if not _is_seen(text))
    return Merged(record=str(record.including(ours.include)), left_out=left_out, unseen=unseen)


def authorises(text: str, ours: Ours) -> bool:
    """Whether our include, or each of our addresses, is there, passes, and is reached."""
    try:
        record = SpfRecord.parse(text)
    except InputError:
        return False
    return record.authorises(ours.include) or _names(record, ours.addresses)


def includes(text: str, ours: Ours) -> bool:
    """Whether our include is somewhere in the record, with any qualifier."""
    return any(term.includes(ours.include) for term in SpfRecord.parse(text).terms)


def ours_first(text: str, ours: Ours) -> str:
    """Return the record with our include before everything else, where nothing can end before."""
    return _with_first(text, ours, (SpfTerm("", "include", f":{ours.include.relative}"),))


def with_addresses(text: str, ours: Ours) -> str:
    """Put addresses in place of our include, before everything: they cost no look-up (4.6.4)."""
    terms = (SpfTerm("", f"ip{one.version}", f":{one}") for one in ours.addresses)
    return _with_first(text, ours, tuple(terms))


def _with_first(text: str, ours: Ours, first: tuple[SpfTerm, ...]) -> str:
    theirs = (term for term in SpfRecord.parse(text).terms if not term.includes(ours.include))
    return str(SpfRecord((*first, *(term for term in theirs if term not in first))))


def _deciding(record: SpfRecord, ours: Ours) -> SpfTerm | None:
    """Return a term that ends the evaluation without a pass: beside others, its place matters."""
    tested = (term for term in record.reached if not term.includes(ours.include))
    return next((term for term in tested if not term.passes), None)


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
    if _is_seen(text) and _is_sound(text):
        return text
    return _versioned(repaired(text))


def _is_seen(text: str) -> bool:
    return is_spf(text.encode(errors="surrogatepass"))


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
    """Return one record of all terms, each once, and the modifiers and ends that it cannot hold."""
    if len(records) == 1:
        return _each_modifier_once(records[0].terms)
    reached = [term for record in records for term in _reached(record)]
    ends = [end for record in records if (end := _end(record))]
    # RFC 7208 5.1: what stood behind `all` had no effect, and gets none.
    behind = [term for record in records for term in record.terms[len(record.reached) + 1 :]]
    end = min(ends, key=lambda term: _ENDS.index(term.qualifier), default=None)
    if not any(map(_has_end, records)):
        end = None
    record, left_out = _each_modifier_once(
        (*dict.fromkeys(reached), *([end] if end else ()), *dict.fromkeys(behind))
    )
    others = [str(each) for each in ends if end and each.qualifier != end.qualifier]
    others += [str(term) for record in records for term in _followed(record)]
    return record, tuple(dict.fromkeys((*left_out, *others)))


def _end(record: SpfRecord) -> SpfTerm | None:
    """Return what is said of whom no term matches; without `all` that is neutral (RFC 7208 4.7)."""
    if _has_end(record):
        return record.terms[len(record.reached)]
    return None if _followed(record) else SpfTerm("?", "all", "")


def _has_end(record: SpfRecord) -> bool:
    return len(record.reached) < len(record.terms)


def _followed(record: SpfRecord) -> tuple[SpfTerm, ...]:
    """Return the redirects, which are ignored beside `all` (RFC 7208 6.1)."""
    return () if _has_end(record) else tuple(term for term in record.terms if term.is_redirect)


def _reached(record: SpfRecord) -> tuple[SpfTerm, ...]:
    """Return what is tested; a redirect, which ends a record, becomes an include in a joined one.

    Beside `all` it is ignored (RFC 7208 6.1), and must stay so.
    """
    if _has_end(record):
        return record.reached
    others = tuple(term for term in record.reached if not term.is_redirect)
    included = (SpfTerm("", "include", f":{one.argument[1:]}") for one in _followed(record))
    return (*others, *included)


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
