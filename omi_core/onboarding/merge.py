"""Our senders merged into the SPF record that a customer publishes, within its budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from omi_core.dns import mangled
from omi_core.dns.spf import SpfRecord, SpfTerm
from omi_core.dns.spf_syntax import SpfSyntaxError, parse
from omi_core.errors import InputError
from omi_core.evaluate.questions import Asking
from omi_core.evaluate.spf import MOST_LOOKUPS
from omi_core.evaluate.spf_tree import Branch, is_within_budget, survey
from omi_core.names import Fqdn
from omi_core.onboarding.target import Target

# The ends of a record, the one that refuses least first: joined records refuse nobody whom one of
# them let pass.
_ENDS = ("+", "", "?", "~", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The SPF record to publish, what it replaces, and what it can cost.

    `by_address` says that our addresses stand in it themselves, because an include would exceed
    the budget.
    """

    record: str
    replaces: tuple[str, ...]
    tree: Branch
    by_address: bool = False

    @property
    def is_new(self) -> bool:
        """Whether there was no SPF record at all."""
        return not self.replaces

    @property
    def changes(self) -> bool:
        """Whether anything has to be entered."""
        return self.replaces != (self.record,)


def merged(texts: Sequence[str], target: Target) -> Asking[Merge]:
    """Return the one SPF record for a domain that publishes the TXT records `texts`."""
    published = tuple(text for text in texts if mangled.kind_of(text) == "spf")
    record = _including(published, target.spf_name)
    tree = yield from survey(target.domain, str(record))
    by_address = not is_within_budget(tree) and tree.lookups == MOST_LOOKUPS + 1
    if by_address:
        record = _with_addresses(_without_include(record, target), target.relays)
        tree = yield from survey(target.domain, str(record))
    # What needs no change is kept octet for octet.
    kept = published[0] if len(published) == 1 and _says(published[0], record) else str(record)
    return Merge(record=kept, replaces=published, tree=tree, by_address=by_address)


@lru_cache(maxsize=1024)
def _including(published: tuple[str, ...], sender: str) -> SpfRecord:
    """Return the one record; customers of one provider publish the same texts."""
    own = _joined(published) if published else SpfRecord.of_nobody_yet()
    return _settled(own).including(Fqdn.parse(sender))


@lru_cache(maxsize=1024)
def _says(text: str, record: SpfRecord) -> bool:
    try:
        parse(text)
        return SpfRecord.parse(text) == record
    except (InputError, SpfSyntaxError):
        return False


def _joined(texts: Sequence[str]) -> SpfRecord:
    """Return the record of all terms that receivers understand, each once, and one end."""
    records = [_readable(text) for text in texts]
    terms = [term for record in records for term in record.terms]
    ends = [term for term in terms if term.is_all]
    others = [term for term in terms if not term.is_all]
    if len(records) > 1:  # a redirect is for a record alone
        others = [
            SpfTerm("", "include", f":{term.argument[1:]}") if term.is_redirect else term
            for term in others
        ]
    end = min(ends, key=lambda term: _ENDS.index(term.qualifier), default=None)
    return SpfRecord((*dict.fromkeys(others), *([end] if end else [])))


def _readable(text: str) -> SpfRecord:
    plain = mangled.mended(text)
    if plain[6:7] not in {"", " "}:  # the space after the version was lost with the quotes
        plain = f"v=spf1 {plain[6:]}"
    terms = []
    for word in filter(None, plain[len("v=spf1") :].split(" ")):
        try:
            parse(f"v=spf1 {word}")
            terms.append(SpfTerm.parse(word))
        except (SpfSyntaxError, InputError):
            continue
    return SpfRecord(tuple(terms))


def _settled(record: SpfRecord) -> SpfRecord:
    """Return the record without `+all`, which lets the whole world send."""
    terms = tuple(
        SpfTerm("~", "all", "") if term.is_all and term.passes else term for term in record.terms
    )
    return SpfRecord(terms)


def _without_include(record: SpfRecord, target: Target) -> SpfRecord:
    name = Fqdn.parse(target.spf_name)
    return SpfRecord(tuple(term for term in record.terms if not term.includes(name)))


def _with_addresses(record: SpfRecord, addresses: Sequence[IPv4Address | IPv6Address]) -> SpfRecord:
    """Put addresses before everything else: they cost no look-up (RFC 7208 4.6.4)."""
    ours = tuple(SpfTerm("", f"ip{one.version}", f":{one}") for one in addresses)
    return SpfRecord((*ours, *(term for term in record.terms if term not in ours)))
