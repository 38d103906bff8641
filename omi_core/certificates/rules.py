"""Whether a chain can be served: pure, and the same for a file, an issuer's answer, a listener."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from omi_core.certificates import texts as kinds
from omi_core.certificates.chain import Chain, covers
from omi_core.certificates.coverage import is_covered, listed, why_not_covered
from omi_core.certificates.paths import Path, best_path, is_issued, paths
from omi_core.errors import InputError
from omi_core.findings.finding import Finding, has_errors
from omi_core.language import EN
from omi_core.message.launch_time import told_time
from omi_core.names import Fqdn

SHORTEST_RSA = 2048
_FOR_SERVERS = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
_BROKEN = (hashes.MD5, hashes.SHA1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequirements:
    """What a chain is judged by.

    `names` must all be covered. `key` is the SubjectPublicKeyInfo (DER) that it must be for.
    `roots` are what clients trust; None leaves the end of the chain alone. A certificate with
    fewer than `days` left, or less than a third of its life, is warned of.
    """

    names: tuple[Fqdn, ...] = ()
    key: bytes | None = None
    roots: tuple[x509.Certificate, ...] | None = None
    days: int = 14


def judge(
    subject: str, chain: Chain, wanted: CertificateRequirements, now: datetime
) -> tuple[Finding, ...]:
    """Return everything that is wrong with `chain`, the worst for a customer first."""
    return (
        *judge_names(subject, chain, wanted.names),
        *judge_time(subject, chain, wanted.days, now),
        *_key(subject, chain, wanted.key),
        *_links(subject, chain, wanted.roots, now),
        *judge_intermediates(subject, chain, now, wanted.roots),
        *_purpose(subject, chain),
        *_strength(subject, chain, best_path(chain.certificates, wanted.roots, now)),
    )


def require_sound(
    subject: str, chain: Chain, wanted: CertificateRequirements, now: datetime
) -> None:
    """Raise InputError, in one sentence, if `chain` must not be deployed."""
    findings = judge(subject, chain, wanted, now)
    if has_errors(findings):
        said = "; ".join(one.text.in_(EN) for one in findings)
        raise InputError("{subject}: {said}", subject=subject, said=said)


def judge_names(subject: str, chain: Chain, names: Iterable[Fqdn]) -> Iterator[Finding]:
    """Yield what is wrong with the names of a certificate, for each one asked for."""
    for name in names:
        asked, covered = name.relative, listed(chain)
        if not is_covered(chain, name):
            why = why_not_covered(chain, name)
            yield kinds.NOT_COVERED.of(subject, name=asked, covered=covered, why=why)
        elif all(one.startswith("*") for one in chain.names if covers(one, name)):
            yield kinds.ONLY_WILDCARD.of(subject, name=asked, covered=covered)


def judge_time(subject: str, chain: Chain, days: int, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the dates: not yet, no longer, or fewer than `days` left."""
    begin, end = chain.leaf.not_valid_before_utc, chain.leaf.not_valid_after_utc
    dates = {"begin": told_time(begin), "end": told_time(end)}
    # A certificate that lives six days is not late with five.
    wanted = min(timedelta(days=days), (end - begin) / 3)
    if now < begin:
        yield kinds.NOT_YET_VALID.of(subject, **dates)
    elif now > end:
        yield kinds.EXPIRED.of(subject, **dates)
    elif end - now < wanted:
        left = (end - now).days
        yield kinds.ENDS_SOON.of(subject, days=left, wanted=wanted.days, end=dates["end"])


def _key(subject: str, chain: Chain, key: bytes | None) -> Iterator[Finding]:
    if key is not None and key != chain.public_key:
        expected, observed = (sha256(one).hexdigest()[:16] for one in (chain.public_key, key))
        yield kinds.OTHER_KEY.of(subject, expected=expected, observed=observed)


def _links(
    subject: str, chain: Chain, roots: tuple[x509.Certificate, ...] | None, now: datetime
) -> Iterator[Finding]:
    certificates = chain.certificates
    if is_issued(certificates[0], certificates[0]):
        if certificates[0] not in (roots or ()):
            yield kinds.SELF_SIGNED.of(subject, observed=_shown(certificates[0].subject))
        return
    if not _is_in_order(certificates):
        ordered = best_path(certificates, None, now).certificates
        expected, observed = _way(ordered), _way(certificates)
        yield kinds.OUT_OF_ORDER.of(subject, expected=expected, observed=observed)
    if roots is not None and not best_path(certificates, roots, now).is_trusted:
        last = best_path(certificates, None, now).certificates[-1]
        yield kinds.INCOMPLETE.of(
            subject,
            last=_called(last),
            issuer=_shown(last.issuer),
            observed=_way(certificates),
        )


def _is_in_order(certificates: tuple[x509.Certificate, ...]) -> bool:
    """Whether each stands somewhere behind what it issued, as the first way has it in a row."""
    longest = max(paths(certificates, None), key=lambda one: len(one.certificates))
    ways = (one.certificates for one in paths(certificates, None))
    in_a_row = max(len(way) for way in ways if way == certificates[: len(way)])
    return in_a_row == len(longest.certificates) or in_a_row > 1


def judge_intermediates(
    subject: str,
    chain: Chain,
    now: datetime,
    roots: tuple[x509.Certificate, ...] | None = None,
) -> Iterator[Finding]:
    """Yield what has ended above the leaf, on the best way that there is."""
    for certificate in best_path(chain.certificates, roots, now).expired(now):
        yield kinds.INTERMEDIATE_EXPIRED.of(
            subject,
            which=_called(certificate),
            end=told_time(certificate.not_valid_after_utc),
            observed=_way(chain.certificates),
        )


def _purpose(subject: str, chain: Chain) -> Iterator[Finding]:
    extensions = chain.leaf.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            yield kinds.IS_AUTHORITY.of(subject, observed=_called(chain.leaf))
    except x509.ExtensionNotFound:
        pass
    try:
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return  # RFC 5280 4.2.1.12: without it every purpose is allowed
    if not _FOR_SERVERS & {*usages}:
        names = ", ".join(one._name for one in usages)  # noqa: SLF001 - its only readable form
        yield kinds.NOT_FOR_SERVERS.of(subject, observed=names)


def _strength(subject: str, chain: Chain, path: Path) -> Iterator[Finding]:
    for certificate in path.certificates:
        digest = _digest(certificate)
        if isinstance(digest, _BROKEN) and certificate.subject != certificate.issuer:
            yield kinds.WEAK.of(subject, what=digest.name.upper(), observed=_called(certificate))
    key = chain.leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SHORTEST_RSA:
        yield kinds.WEAK.of(subject, what=f"RSA {key.key_size}", observed=_called(chain.leaf))


def _digest(certificate: x509.Certificate) -> hashes.HashAlgorithm | None:
    """Return what the signature is made with; None where it has none, or one not known here."""
    try:
        return certificate.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return None


def _way(certificates: Iterable[x509.Certificate]) -> str:
    return " > ".join(map(_called, certificates))


def _called(certificate: x509.Certificate) -> str:
    names = Chain(certificates=(certificate,)).names
    return next(filter(None, names), _shown(certificate.subject))


def _shown(name: x509.Name) -> str:
    return name.rfc4514_string() or "(no name)"
