"""Judges of a served certificate; also for whoever looks at one outside SMTP."""

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

from omi_core.certificates import served_texts as kinds
from omi_core.certificates.chain import Chain, covers
from omi_core.certificates.readable import UnreadableError, from_der
from omi_core.findings.verdict import Verdict, found, passed
from omi_core.names import Fqdn
from omi_core.smtp.channel import TlsSeen
from omi_core.smtp.fault import Fault
from omi_core.text import Text

# X509_V_ERR_... of OpenSSL, x509_vfy.h. The name is checked after the chain was built.
NOT_YET_VALID, EXPIRED, SELF_SIGNED, HOST_MISMATCH = 9, 10, 18, 62
_UNREADABLE = Text("the certificate cannot be read: {why}")


def chain_of(tls: TlsSeen | None) -> Chain | None:
    """Return the served chain, or None where there is none that can be read."""
    read = _read(tls.chain) if tls and tls.chain else None
    return read if isinstance(read, Chain) else None


def unreadable(tls: TlsSeen | None) -> Text | None:
    """Return why the served chain cannot be judged; None where it can, or there is none."""
    read = _read(tls.chain) if tls and tls.chain else None
    return _UNREADABLE.format(why=str(read)) if isinstance(read, UnreadableError) else None


@lru_cache(maxsize=64)
def _read(octets: tuple[bytes, ...]) -> Chain | UnreadableError:
    try:
        return Chain(certificates=from_der(octets))
    except UnreadableError as error:
        return error


def fingerprint(tls: TlsSeen | None) -> str:
    """Return the SHA-256 of the leaf in hexadecimal; empty where there is none."""
    return hashlib.sha256(tls.chain[0]).hexdigest() if tls and tls.chain else ""


def judge_name(subject: str, chain: Chain | None, name: Fqdn, port: int) -> Verdict:
    """The certificate stands for `name`, by itself rather than by a wildcard (RFC 9525 6.3)."""
    listed = _names(chain)
    fitting = [one for one in (chain.names if chain else ()) if covers(one, name)]
    if not fitting:
        return found(
            kinds.NAME_NOT_COVERED.of(subject, name=name.relative, covered=listed, port=port)
        )
    if all(one.startswith("*") for one in fitting):
        return found(kinds.ONLY_WILDCARD.of(subject, name=name.relative, covered=listed))
    return passed(listed)


def judge_trust(subject: str, chain: Chain | None, fault: Fault, now: datetime) -> Verdict:
    """OpenSSL refused the certificate with `fault`; was it because of the issuer."""
    own_time_is_wrong = chain is not None and not _is_valid(chain, now)
    if fault.verify_code == HOST_MISMATCH:
        return passed()
    if fault.verify_code in {NOT_YET_VALID, EXPIRED} and own_time_is_wrong:
        return passed()
    kind = kinds.SELF_SIGNED if fault.verify_code == SELF_SIGNED else kinds.NOT_TRUSTED
    issuer = chain.leaf.issuer.rfc4514_string() if chain else ""
    return found(kind.of(subject, observed=fault.detail, issuer=issuer))


def judge_time(subject: str, chain: Chain, now: datetime, days: int) -> Verdict:
    """The certificate is valid now, and for `days` more or a third of its life."""
    leaf = chain.leaf
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    dates = {"begin": f"{begin:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"}
    if not _is_valid(chain, now):
        return found(kinds.NOT_VALID_NOW.of(subject, **dates))
    left = end - now
    # A certificate that lives six days is not late with five.
    wanted = min(timedelta(days=days), (end - begin) / 3)
    if left < wanted:
        return found(
            kinds.ENDS_SOON.of(subject, days=left.days, wanted=wanted.days, end=dates["end"])
        )
    words = Text("until {end}, {days} days")
    return passed(words.format(end=dates["end"], days=left.days))


def _is_valid(chain: Chain, now: datetime) -> bool:
    return chain.leaf.not_valid_before_utc <= now <= chain.leaf.not_valid_after_utc


def _names(chain: Chain | None) -> Text:
    if chain is None:
        return Text("no certificate")
    if any(chain.names):
        return Text.plain(", ".join(filter(None, chain.names)))
    subject = chain.leaf.subject.rfc4514_string()
    return Text("no name (subject: {s})").format(s=subject)
