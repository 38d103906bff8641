"""What was seen of an address, judged: a result for every check; pure."""

from collections.abc import Iterator
from ipaddress import ip_address

from omi_core.findings.verdict import CheckResult, Verdict, found, passed, skipped, unknown
from omi_core.mailauth.spf.evaluate import Evaluation, Result
from omi_core.reputation import texts
from omi_core.reputation.blocklists import BlockList
from omi_core.reputation.listing import Listing, Standing, name_of
from omi_core.reputation.observe import RelayAddressSeen, ReverseNames, Seen
from omi_core.text import COMMA, Text

_CLEAN = Text("no entry")
_NO_IPV6 = Text("it lists no IPv6 addresses")
_NO_NAME = Text("there is no reverse name")
_NO_ADDRESS = Text("no {kind} record")
_LEADS = Text("{name} has {addresses}")
_NOWHERE = Text("{name} has no address")
_MOST_SHOWN = 10


def judge(seen: RelayAddressSeen, lists: tuple[BlockList, ...]) -> tuple[CheckResult, ...]:
    """Return the result of each check, of every list in `lists` first."""
    return (
        *_lists(seen, lists),
        CheckResult(check=texts.REVERSE_NAME, verdict=_reverse_name(seen)),
        CheckResult(check=texts.CONFIRMED, verdict=_confirmed(seen)),
        CheckResult(check=texts.OWN_NAME, verdict=_own_name(seen)),
        CheckResult(check=texts.SPF, verdict=_spf(seen)),
    )


def subject_of(seen: RelayAddressSeen) -> str:
    """Return how an address is called: the relay, and which of its addresses."""
    return f"{seen.relay} {seen.address}"


def _lists(seen: RelayAddressSeen, lists: tuple[BlockList, ...]) -> Iterator[CheckResult]:
    said = {block_list.key: listing for block_list, listing in seen.lists}
    for each in lists:
        verdict = _listing(seen, each, said[each.key]) if each.key in said else skipped(_NO_IPV6)
        yield CheckResult(check=texts.list_check(each), verdict=verdict)


def _listing(seen: RelayAddressSeen, block_list: BlockList, listing: Seen[Listing]) -> Verdict:
    if isinstance(listing, Text):
        return unknown(listing)
    if listing.standing is Standing.UNSEEN:
        return unknown(listing.why)
    if listing.standing is Standing.CLEAN:
        return passed(_CLEAN)
    finding = texts.on_list(block_list).of(
        subject_of(seen),
        list=block_list.name,
        meaning=listing.meaning(block_list),
        name=name_of(seen.address, block_list.zone),
        observed=", ".join(listing.codes),
        page=block_list.removal,
    )
    return found(finding)


def _reverse_name(seen: RelayAddressSeen) -> Verdict:
    if isinstance(seen.reverse, Text):
        return unknown(seen.reverse)
    names = seen.reverse.names
    if not names:
        name = seen.address.reverse_pointer
        return found(texts.NO_REVERSE_NAME.of(subject_of(seen), name=name, relay=seen.relay))
    if seen.relay not in names:
        kind = texts.OTHER_NAME
        return found(kind.of(subject_of(seen), relay=seen.relay, observed=_shown(names)))
    return passed(_shown(names))


def _confirmed(seen: RelayAddressSeen) -> Verdict:
    reverse = seen.reverse
    if isinstance(reverse, Text):
        return unknown(reverse)
    if not reverse.names:
        return skipped(_NO_NAME)
    good = [name for name, back in reverse.back.items() if _has(back.values, seen)]
    if good:
        return passed(_shown(tuple(good)))
    if failed := next((back.failed for back in reverse.back.values() if back.failed), None):
        return unknown(failed)
    return found(
        texts.NOT_CONFIRMED.of(
            subject_of(seen),
            relay=seen.relay,
            address=str(seen.address),
            observed=Text.joined(_leads(reverse), COMMA),
        )
    )


def _leads(reverse: ReverseNames) -> Iterator[Text]:
    for name, back in reverse.back.items():
        if back.values:
            yield _LEADS.format(name=name, addresses=_shown(back.values))
        else:
            yield _NOWHERE.format(name=name)


def _own_name(seen: RelayAddressSeen) -> Verdict:
    own = seen.own
    if isinstance(own, Text):
        return unknown(own)
    if own.failed:
        return unknown(own.failed)
    if _has(own.values, seen):
        return passed(seen.relay)
    kind = "A" if seen.address.version == 4 else "AAAA"  # noqa: PLR2004
    observed = Text.plain(_shown(own.values)) if own.values else _NO_ADDRESS.format(kind=kind)
    return found(
        texts.NAME_WITHOUT_ADDRESS.of(
            subject_of(seen),
            relay=seen.relay,
            kind=kind,
            address=str(seen.address),
            observed=observed,
        )
    )


def _spf(seen: RelayAddressSeen) -> Verdict:
    if isinstance(seen.spf, Text):
        return unknown(seen.spf)
    if seen.spf.result is Result.PASS:
        return passed(seen.spf.term)
    if seen.spf.result is Result.TEMPERROR:
        return unknown(seen.spf.problem)
    observed = _spf_words(seen.spf)
    return found(texts.SPF_MISSES.of(subject_of(seen), name=seen.spf_name, observed=observed))


def _spf_words(spf: Evaluation) -> Text:
    words = Text.plain(f"{spf.result.value} {spf.term}".strip())
    return Text.joined((words, spf.problem), COMMA) if spf.problem else words


def _has(values: tuple[str, ...], seen: RelayAddressSeen) -> bool:
    return any(ip_address(each) == seen.address for each in values)


def _shown(values: tuple[str, ...]) -> str:
    more = ", ..." if len(values) > _MOST_SHOWN else ""
    return ", ".join(sorted(values)[:_MOST_SHOWN]) + more
