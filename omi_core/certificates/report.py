"""A certificate that was looked at, in a file or at a listener, and what is to be said of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from omi_core.certificates.chain import Chain
from omi_core.certificates.client_words import ClientWords, said_by_clients
from omi_core.certificates.rules import CertificateRequirements, judge
from omi_core.certificates.texts import NOT_DEPLOYED
from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS, FINE
from omi_core.findings.contained import not_checked
from omi_core.findings.finding import Finding, has_errors
from omi_core.names import Fqdn
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReport:
    """One place: a file, or a port of an address.

    `chain` is None where it could not be looked at, and `problem` says why.
    """

    subject: str
    address: str | None = None
    port: int | None = None
    chain: Chain | None
    problem: Text | None = None
    findings: tuple[Finding, ...] = ()
    words: tuple[ClientWords, ...] = ()
    days: int = 0

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/cert-check.json."""
        return {
            "subject": self.subject,
            "address": self.address,
            "port": self.port,
            "problem": self.problem.to_json() if self.problem else None,
            "certificate": described(self.chain, self.days) if self.chain else None,
            "findings": [one.to_json() for one in self.findings],
            "clients": [one.to_json() for one in self.words],
        }


def inspect(
    subject: str,
    chain: Chain,
    wanted: CertificateRequirements,
    now: datetime,
    fingerprints: Iterable[str] = (),
) -> CertificateReport:
    """Judge what was found at `subject`; `fingerprints` are of the leaves that may be there."""
    findings = judge(subject, chain, wanted, now)
    expected = tuple(fingerprints)
    if expected and chain.fingerprint not in expected:
        observed = chain.fingerprint
        listed = ", ".join(expected)
        findings = (NOT_DEPLOYED.of(subject, expected=listed, observed=observed), *findings)
    words: dict[str, ClientWords] = {}
    for one in findings:
        # A program says only the first thing that it minds.
        for said in said_by_clients(one, chain, _named(one, wanted.names)):
            words.setdefault(said.client, said)
    return CertificateReport(
        subject=subject,
        chain=chain,
        findings=findings,
        words=tuple(words.values()),
        days=(chain.leaf.not_valid_after_utc - now).days,
    )


def contained(subject: str, look: Callable[[], CertificateReport]) -> CertificateReport:
    """Return what was found at one place; a fault of ours costs no other place its result."""
    try:
        found = look()
        found.to_json()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this place
        return not_looked(subject, not_checked(subject, error, in_words=False))
    return found


def not_looked(subject: str, problem: Text) -> CertificateReport:
    """Say why nothing could be looked at."""
    return CertificateReport(subject=subject, chain=None, problem=problem)


def exit_code(found: Iterable[CertificateReport]) -> int:
    """Return 1 for an error anywhere, else 3 where something was not checked, else 0."""
    found = tuple(found)
    if any(has_errors(one.findings) for one in found):
        return FINDINGS
    return COULD_NOT_LOOK if any(one.chain is None for one in found) else FINE


def described(chain: Chain, days: int) -> dict[str, object]:
    """Return the facts of a certificate as JSON types; times are RFC 3339."""
    leaf = chain.leaf
    return {
        "names": list(chain.names),
        "subject": leaf.subject.rfc4514_string(),
        "issuer": leaf.issuer.rfc4514_string(),
        "begin": leaf.not_valid_before_utc.isoformat(),
        "end": leaf.not_valid_after_utc.isoformat(),
        "days_left": days,
        "key": chain.key_kind,
        "sha256": chain.fingerprint,
        "chain": [one.subject.rfc4514_string() for one in chain.certificates],
    }


def _named(finding: Finding, names: Iterable[Fqdn]) -> Fqdn | None:
    """Return the name that a finding is about."""
    return next((one for one in names if one.relative == finding.values.get("name")), None)
