"""What validating receivers see of a domain, as far as signatures, DS and keys tell; pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from omi_core.findings.finding import Finding
from omi_core.findings.verdict import CheckResult, found, passed, unknown
from omi_core.onboarding.rules import server_texts as catalogue
from omi_core.onboarding.seen import DomainSeen, ServerSeen
from omi_core.resolve.signer import keys_of, signers_of, tag_of
from omi_core.text import Text


def dnssec(seen: DomainSeen, now: float) -> Iterator[CheckResult]:
    """Judge whether what the servers say agrees with what the parent promises (RFC 4035 5)."""
    heard = [each for each in seen.delegated if each.is_heard]
    if not heard:
        verdict = unknown(catalogue.NOT_REACHED.format(why="-"))
        yield CheckResult(check=catalogue.DNSSEC, verdict=verdict)
        return
    finding = _broken(seen, heard, now) if seen.secure else None
    signed = any(_ends(each) for each in heard)
    state = ("signed" if seen.secure else "island") if signed else "unsigned"
    verdict = found(finding) if finding else passed(catalogue.STATES[state])
    yield CheckResult(check=catalogue.DNSSEC, verdict=verdict)


def _broken(seen: DomainSeen, heard: Sequence[ServerSeen], now: float) -> Finding | None:
    domain = seen.target.domain
    said = [each for each in heard if any(one.records for one in each.said.values())]
    behind = [each for each in said if not _holds(each, now)]
    if behind and len(behind) < len(said):
        return catalogue.DNSSEC_BEHIND.of(
            domain,
            servers=", ".join(map(str, behind)),
            observed="; ".join(f"{each}: {_ended(_ends(each), now)}" for each in behind),
            expected=", ".join(str(each) for each in said if each not in behind),
        )
    if behind:
        ends = [end for each in behind for end in _ends(each)]
        return catalogue.DNSSEC_BROKEN.of(domain, observed=_ended(ends, now))
    return _of_another_key(seen)


def _of_another_key(seen: DomainSeen) -> Finding | None:
    """Return the finding where no DS that validators know is of a key of the zone."""
    zone = seen.zone.name if seen.zone else seen.target.domain
    signers = [each for each in signers_of(seen.ds) if each.is_known]
    keys = {key for held in seen.zone_keys.values() for key in keys_of(held)}
    is_same = any(one.belongs_to(key, zone) for one in signers for key in keys)
    if not signers or not keys or is_same:
        return None
    return catalogue.DNSSEC_OTHER_KEY.of(
        seen.target.domain,
        expected=_tags("DNSKEY", map(tag_of, keys)),
        observed=_tags("DS", (each.tag for each in signers)),
    )


def _tags(kind: str, tags: Iterable[int]) -> Text:
    return Text.plain(f"{kind} {', '.join(str(tag) for tag in sorted(set(tags)))}")


def _ends(server: ServerSeen) -> tuple[int, ...]:
    return tuple(end for said in server.said.values() for end in said.signatures)


def _holds(server: ServerSeen, now: float) -> bool:
    """Whether everything that it says is signed, and the signatures have not ended."""
    said = [each for each in server.said.values() if each.records]
    return all(each.signatures for each in said) and min(_ends(server), default=0) >= now


def _ended(ends: Sequence[int], now: float) -> str:
    if ends and min(ends) < now:
        return f"RRSIG until {datetime.fromtimestamp(min(ends), UTC):%Y-%m-%d %H:%M} UTC"
    return "no RRSIG"
