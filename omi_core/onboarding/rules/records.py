"""What is wrong with the records that one view of a domain shows: pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from ipaddress import ip_address, ip_network

from omi_core.findings.finding import Finding, FindingKind
from omi_core.mailauth import mangled
from omi_core.mailauth.dkim.reading import ADVISED_RSA, KeyFault, KeyReading, read_key
from omi_core.onboarding.entries import Entry, RecordAction, presented
from omi_core.onboarding.rules import correction_texts as corrections
from omi_core.onboarding.rules import record_texts as catalogue
from omi_core.onboarding.seen import DomainSeen, View
from omi_core.onboarding.target import Selector, above, misplaced
from omi_core.text import Text

# Cloudflare's own addresses, as it publishes them (www.cloudflare.com/ips).
_PROXIES = tuple(
    ip_network(text)
    for text in (
        *("173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22"),
        *("141.101.64.0/18", "108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20"),
        *("197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13"),
        *("104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22", "2400:cb00::/32"),
        *("2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32"),
        *("2a06:98c0::/29", "2c0f:f248::/32"),
    )
)
_SHOWN = 200
_REPLACING = frozenset({"value", "cleaned"})  # what a remedy puts in place of a record


def observed(records: Iterable[tuple[str, str]]) -> str:
    """Return records as one line, names with their last dot; long ones are cut."""
    return ", ".join(presented(kind, value[:_SHOWN]) for kind, value in records) or "-"


class Judging:
    """One view of a domain, and the findings about it by check."""

    def __init__(self, seen: DomainSeen, view: View) -> None:
        self.seen = seen
        self.view = view
        self.target = seen.target
        self.zone = view.onboarding.zone
        self.entries = {entry.name: entry for entry in view.onboarding.entries}

    def records(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return what stands at a name."""
        return self.view.published.at.get(name, ())

    def is_wild(self, name: str) -> bool:
        """Whether nothing stands at a name, and a wildcard answers."""
        return name in self.view.published.wild

    def relevant(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return what stands at a name and is ours to judge: at the domain itself, SPF alone."""
        if name != self.target.domain:
            return self.records(name)
        return tuple(each for each in self.records(name) if mangled.kind_of(each[1]) == "spf")

    def at(self, kind: FindingKind, about: str, **values: str | int | Text) -> Finding:
        """Return a finding about a name, with what to enter there.

        Where a person has to correct what stands there, no remedy says to replace it.
        """
        name = about
        entry = self.entries.get(name) or self._default(name)
        filled: dict[str, str | int | Text] = {
            "name": name,
            "kind": entry.type,
            "value": entry.pasted,
            "short": entry.relative_to(self.zone),
            "expected": f"{entry.type} {entry.pasted}",
            "observed": observed(self.relevant(name)),
            "old": "; ".join(entry.removes) or observed(self.relevant(name)),
        }
        found = kind.of(name, **(filled | values))
        is_by_hand = entry.action is RecordAction.CORRECT and "value" not in values
        if not is_by_hand or _REPLACING.isdisjoint(dict(found.remedy.values)):
            return found
        remedy = corrections.BY_HAND.format(name=name, note=entry.note or Text.plain(entry.value))
        return replace(found, expected=remedy, remedy=remedy)

    def _default(self, name: str) -> Entry:
        first = self.view.onboarding.entries[0]
        return Entry(
            name=name,
            type="TXT",
            value=self.target.dmarc,
            ttl=self.target.ttl,
            action=first.action,
            purpose=first.purpose,
        )

    def elsewhere(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return what was found at a name where nothing belongs."""
        return self.view.published.elsewhere.get(name, ())


def damaged(judging: Judging, name: str, kind: str) -> Iterator[Finding]:
    """Yield the damage of each record that was meant to be of this kind."""
    for text in judging.view.published.texts(name):
        damage = mangled.damage_of(text) if mangled.kind_of(text) == kind else None
        if damage:
            yield judging.at(catalogue.DAMAGES[damage], name, observed=f"TXT {text[:_SHOWN]}")


def dkim_name(judging: Judging, selector: Selector) -> Iterator[Finding]:
    """Judge what stands where a verifier looks for a key."""
    records = judging.records(selector.name)
    aliases = [value for kind, value in records if kind == "CNAME"]
    others = [(kind, value) for kind, value in records if kind != "CNAME"]
    at = partial(judging.at, about=selector.name)
    if aliases and others:
        yield at(kind=catalogue.CNAME_BESIDE, others=observed(others))
    elif aliases == [selector.target]:
        return
    elif judging.is_wild(selector.name):
        found = _no_dkim(judging, selector)
        is_missing = found.id == catalogue.DKIM_MISSING.id
        yield at(kind=catalogue.WILDCARD) if is_missing else found
    elif aliases and (appended := _appended(aliases[0], selector)):
        yield at(kind=catalogue.CNAME_APPENDED, appended=appended)
    elif aliases:
        yield at(kind=catalogue.CNAME_WRONG)
    elif not aliases and others:
        yield _key_instead(judging, selector)
    elif not records:
        yield _no_dkim(judging, selector)


def _appended(alias: str, selector: Selector) -> str:
    """Return what a panel appended to a name that was entered without its last dot."""
    zones = list(above(selector.name))
    return next((zone for zone in zones if alias == f"{selector.target}.{zone}"), "")


def _is_target(text: str, judging: Judging) -> bool:
    """Whether a text is the name that a CNAME of the domain has to lead to."""
    name = text.lower().strip(" \t\"'").removeprefix("cname ").strip(" \t.")
    targets = [one.target for one in judging.target.selectors]
    return any(name == one or name.startswith(f"{one}.") for one in targets)


def _key_instead(judging: Judging, selector: Selector) -> Finding:
    """Judge a key that was entered in place of the CNAME."""
    texts = judging.view.published.texts(selector.name)
    if any(_is_target(text, judging) for text in texts):
        return judging.at(catalogue.CNAME_AS_TXT, selector.name)
    if len(texts) > 1:
        return judging.at(catalogue.KEY_SEVERAL, selector.name, count=len(texts))
    damage = next(filter(None, map(mangled.damage_of, texts)), None)
    if damage:
        return judging.at(catalogue.DAMAGES[damage], selector.name)
    reading = read_key(texts)
    if reading.fault is KeyFault.REVOKED:
        return judging.at(catalogue.KEY_REVOKED, selector.name)
    if reading.fault:
        return judging.at(catalogue.KEY_UNUSABLE, selector.name, detail=reading.detail)
    behind = judging.seen.keys[selector.slot].values
    is_ours = bool(behind) and reading.is_same_key(behind[0])
    return judging.at(catalogue.KEY_COPIED if is_ours else catalogue.KEY_OLD, selector.name)


def _no_dkim(judging: Judging, selector: Selector) -> Finding:
    addresses = [v for kind, v in judging.elsewhere(selector.name) if kind in {"A", "AAAA"}]
    if any(ip_address(one) in network for one in addresses for network in _PROXIES):
        shown = ", ".join(addresses)
        return judging.at(catalogue.CNAME_PROXIED, selector.name, observed=shown)
    twice = f"{selector.name}.{judging.zone}"
    if _is_for(judging.elsewhere(twice), selector):
        return judging.at(catalogue.DOMAIN_TWICE, selector.name, misplaced=twice)
    for name in misplaced(selector.slot, judging.target.domain):
        if _is_for(judging.elsewhere(name), selector):
            return judging.at(catalogue.SELECTOR_WRONG, selector.name, misplaced=name)
    return judging.at(catalogue.DKIM_MISSING, selector.name)


def _is_for(records: Iterable[tuple[str, str]], selector: Selector) -> bool:
    """Whether records were meant for this selector."""
    return any(
        (kind == "CNAME" and value == selector.target)
        or (kind == "TXT" and mangled.kind_of(value) == "dkim")
        for kind, value in records
    )


def dkim_keys(judging: Judging) -> Iterator[Finding]:
    """Judge the keys behind the CNAMEs, which are the operator's to publish."""
    target, keys = judging.target, judging.seen.keys
    if not any(answer.values or answer.failed for answer in keys.values()):
        names = ", ".join(one.target for one in target.selectors)
        expected = "TXT v=DKIM1; k=rsa; p=..."
        yield catalogue.KEY_NOWHERE.of(target.domain, expected=expected, observed=f"{names}: -")
        return
    for selector in target.selectors:
        answer = keys[selector.slot]
        if answer.values:
            yield from _key(judging, selector, answer.values)


def _key(judging: Judging, selector: Selector, texts: tuple[str, ...]) -> Iterator[Finding]:
    reading = read_key(texts)
    seen = ("TXT", texts[0])
    signing = judging.target.signing.get(selector.slot)
    if reading.fault:
        kind = catalogue.KEY_UNUSABLE
        if reading.fault is KeyFault.REVOKED:
            kind = catalogue.KEY_REVOKED
        expected = f"TXT {signing or 'v=DKIM1; k=rsa; p=...'}"
        yield _of_key(kind, selector, seen, reading, expected)
    elif signing and not reading.is_same_key(signing):
        yield _of_key(catalogue.KEY_NOT_SIGNING, selector, seen, reading, f"TXT {signing}")
    elif reading.algorithm == "rsa" and reading.bits < ADVISED_RSA:
        yield _of_key(catalogue.KEY_WEAK, selector, seen, reading, f">= {ADVISED_RSA}")


def _of_key(
    kind: FindingKind,
    selector: Selector,
    seen: tuple[str, str],
    reading: KeyReading,
    expected: str,
) -> Finding:
    return kind.of(
        selector.target,
        name=selector.target,
        detail=reading.detail or str(reading.bits),
        expected=expected,
        observed=observed([seen]),
        old=observed([seen]),
        kind="TXT",
        value=expected.removeprefix("TXT "),
    )
