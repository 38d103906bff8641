"""Judges of what a public name resolves to."""

from collections.abc import Iterable

from omi_core.findings.verdict import Check, CheckResult, Verdict, found, passed, skipped, unknown
from omi_core.probe.name_seen import AddressSeen, NameSeen
from omi_core.probe.probe import Expectation
from omi_core.probe.rules import name_texts as kinds
from omi_core.text import COMMA, Text

_GIVEN = Text("the address was given by hand (--resolve)")
_NO_INVENTORY = Text("no inventory was given (--inventory)")
_NO_ANSWER = Text("DNS did not answer: {why}")
_NOTHING = Text("the name has no address")


def judge_name(seen: NameSeen, expectation: Expectation) -> tuple[CheckResult, ...]:
    """Return the results of all checks of a name."""
    verdicts: dict[Check, Verdict] = {
        kinds.NAME_RESOLVES: _resolves(seen),
        kinds.IPV4: _has_ipv4(seen),
        kinds.IPV6: _has_ipv6(seen),
        kinds.ADDRESS_PUBLIC: _usable(seen),
        kinds.ADDRESS_EXPECTED: _expected(seen, expectation),
        kinds.PTR: _pointers(seen),
    }
    return tuple(CheckResult(check=check, verdict=each) for check, each in verdicts.items())


def _resolves(seen: NameSeen) -> Verdict:
    if seen.given:
        return skipped(_GIVEN)
    if seen.addresses:
        return passed(_listed(seen.addresses))
    if seen.problems:
        return unknown(_why(seen))
    return found(kinds.NAME_NOT_THERE.of(seen.name.relative, name=seen.name.relative))


def _has_ipv4(seen: NameSeen) -> Verdict:
    return _has(seen, 4)


def _has_ipv6(seen: NameSeen) -> Verdict:
    return _has(seen, 6)


def _has(seen: NameSeen, version: int) -> Verdict:
    if seen.given:
        return skipped(_GIVEN)
    if there := seen.of_family(version):
        return passed(_listed(there))
    if f"IPv{version}" in seen.problems:
        return unknown(_why(seen))
    if not seen.addresses:
        return skipped(_NOTHING)
    kind = kinds.NO_IPV4 if version == 4 else kinds.NO_IPV6  # noqa: PLR2004
    name = seen.name.relative
    return found(kind.of(name, name=name, addresses=_listed(seen.addresses)))


def _usable(seen: NameSeen) -> Verdict:
    if seen.given or not seen.addresses:
        return skipped(_GIVEN if seen.given else _NOTHING)
    for each in seen.addresses:
        address, name = each.address, seen.name.relative
        if address.is_loopback or address.is_unspecified:
            return found(kinds.NOT_USABLE.of(name, name=name, address=str(address)))
    return passed()


def _expected(seen: NameSeen, expectation: Expectation) -> Verdict:
    wanted = expectation.addresses.get(seen.name)
    if wanted is None or seen.given:
        return skipped(_GIVEN if seen.given else _NO_INVENTORY)
    there = frozenset(each.address for each in seen.addresses)
    if there == wanted:
        return passed()
    if seen.problems:
        return unknown(_why(seen))
    return found(
        kinds.NOT_EXPECTED.of(
            seen.name.relative,
            name=seen.name.relative,
            expected=", ".join(sorted(map(str, wanted))),
            addresses=_listed(seen.addresses) or "-",
        )
    )


def _pointers(seen: NameSeen) -> Verdict:
    if seen.given or not seen.addresses:
        return skipped(_GIVEN if seen.given else _NOTHING)
    for each in seen.addresses:
        verdict = _pointer(seen, each)
        if verdict is not None:
            return verdict
    pairs = (f"{each.address} = {each.confirmed[0].rstrip('.')}" for each in seen.addresses)
    return passed(", ".join(pairs))


def _pointer(seen: NameSeen, each: AddressSeen) -> Verdict | None:
    name, address = seen.name.relative, str(each.address)
    if each.problem:
        return unknown(_NO_ANSWER.format(why=each.problem))
    if not each.pointers:
        return found(kinds.PTR_MISSING.of(name, address=address))
    if not each.confirmed:
        pointers = ", ".join(pointer.rstrip(".") for pointer in each.pointers)
        return found(kinds.PTR_UNCONFIRMED.of(name, address=address, pointers=pointers))
    return None


def _listed(addresses: Iterable[AddressSeen]) -> str:
    return ", ".join(str(each.address) for each in addresses)


def _why(seen: NameSeen) -> Text:
    return _NO_ANSWER.format(why=Text.joined(seen.problems.values(), COMMA))
