"""The ways from a leaf up to a root, as clients look for them (RFC 4158): pure.

Clients take any certificate that was sent, in any order, and their own roots; one good way is
enough. So a chain with a cross-signed certificate is as good as its best way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

_LONGEST = 10  # certificates of one way; OpenSSL stops there as well
_MOST = 64  # ways that are looked at: a server could send what has millions

Certificates = tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way: what was sent of it, leaf first, and whether it ends at a root that clients have."""

    certificates: Certificates
    is_trusted: bool

    def expired(self, now: datetime) -> Certificates:
        """What has ended above the leaf; a root that was sent is nobody's: clients have theirs."""
        return tuple(
            one
            for one in self.certificates[1:]
            if now > one.not_valid_after_utc and one.subject != one.issuer
        )


def paths(certificates: Certificates, roots: Certificates | None) -> tuple[Path, ...]:
    """Return every way from the first certificate upwards; `roots` None trusts nothing."""
    known = roots or ()
    found: list[Path] = []
    for way in _ways((certificates[0],), certificates[1:]):
        found.append(Path(certificates=way, is_trusted=_is_known(way[-1], known)))
        if len(found) >= _MOST:
            break
    return tuple(found)


def best_path(certificates: Certificates, roots: Certificates | None, now: datetime) -> Path:
    """Return the way that a client ends with: to a root, then with nothing that has ended."""
    found = paths(certificates, roots)
    trusted = [one for one in found if one.is_trusted]
    return min(
        trusted or _to_their_end(found),
        key=lambda one: (
            len(one.expired(now)),
            one.certificates != certificates[: len(one.certificates)],
            len(one.certificates),
        ),
    )


def is_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _ways(way: Certificates, rest: Certificates) -> Iterator[Certificates]:
    """Yield each way, and each beginning of it: a client may have the root of any."""
    yield way
    if len(way) >= _LONGEST:
        return
    for number, one in enumerate(rest):
        if one not in way and is_issued(way[-1], one):
            yield from _ways((*way, one), rest[:number] + rest[number + 1 :])


def _to_their_end(found: tuple[Path, ...]) -> list[Path]:
    """The ways that no other one goes on from."""
    begun = {one.certificates[:-1] for one in found}
    return [one for one in found if one.certificates not in begun]


def _is_known(last: x509.Certificate, roots: Iterable[x509.Certificate]) -> bool:
    return any(last == root or is_issued(last, root) for root in roots)
