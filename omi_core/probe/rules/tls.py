"""Judges of STARTTLS, TLS and the certificate of a cell."""

from collections.abc import Iterable
from datetime import datetime

from omi_core.certificates import texts as certificate_texts
from omi_core.certificates.chain import Chain
from omi_core.certificates.coverage import is_covered, listed
from omi_core.certificates.rules import judge_intermediates, judge_names, judge_time
from omi_core.certificates.served import chain_of, fingerprint, unreadable
from omi_core.findings.finding import Finding
from omi_core.findings.verdict import Status, Verdict, found, passed, skipped, unknown
from omi_core.message.launch_time import told_date
from omi_core.probe.context import CheckContext
from omi_core.probe.observation import CellSeen, Conversation, Purpose, Step
from omi_core.probe.rules import tls_texts as kinds
from omi_core.probe.rules.between import greets, masked_starttls
from omi_core.probe.words import NO_TLS, NOT_FOR_THIS, NOT_REACHED, ended, quote_reply
from omi_core.smtp.fault import Fault, FaultKind, Stage
from omi_core.smtp.listeners import Security
from omi_core.smtp.reply import Reply, keywords
from omi_core.text import Text

_OLD = {"TLS 1.0": Purpose.TLS_1_0, "TLS 1.1": Purpose.TLS_1_1}
_NO_CERTIFICATE = Text("the server sent no certificate")
_NEW = {"TLS 1.2": Purpose.TLS_1_2, "TLS 1.3": Purpose.TLS_1_3}
_GOODBYE = 221
# X509_V_ERR_... of OpenSSL, x509_vfy.h. The name is checked after the chain was built.
_ISSUER_UNKNOWN = frozenset({18, 19, 20, 21})
# What the certificates of scanners and firewalls call themselves; in lower case.
_INSPECTORS = (
    *("avast", "avg ", "kaspersky", "eset ssl", "bitdefender", "fortinet", "fortigate", "zscaler"),
    *("sophos", "palo alto", "cisco umbrella", "blue coat", "netskope", "check point", "norton"),
    *("mitmproxy", "dr.web", "watchguard", "sonicwall", "trend micro", "mcafee", "barracuda"),
    *("forcepoint", "untangle", "f-secure", "g data", "adguard", "charles proxy", "fiddler"),
)
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED, _HOST_MISMATCH = 9, 10, 18, 62


def starttls_offered(seen: CellSeen, _context: CheckContext) -> Verdict:
    """STARTTLS is offered, and then not refused (RFC 3207)."""
    cell, look = seen.cell, seen.look
    if cell.access.security is not Security.STARTTLS:
        return skipped(NOT_FOR_THIS)
    ehlo = look.replies.get(Step.EHLO)
    if ehlo is None or not ehlo.is_positive:
        return skipped(NOT_REACHED)
    if "STARTTLS" not in keywords(ehlo):
        return found(_not_offered(seen, ehlo))
    answer = look.replies.get(Step.STARTTLS)
    if answer is None:
        return found(kinds.STARTTLS_REFUSED.of(cell.subject, observed=ended(look.fault)))
    if not answer.is_positive:
        return found(kinds.STARTTLS_REFUSED.of(cell.subject, observed=quote_reply(answer)))
    return passed(quote_reply(answer))


def _not_offered(seen: CellSeen, ehlo: Reply) -> Finding:
    cell, observed = seen.cell, quote_reply(ehlo)
    if word := masked_starttls(ehlo):
        return kinds.STARTTLS_MASKED.of(cell.subject, observed=observed, word=word)
    return kinds.STARTTLS_MISSING.of(cell.subject, observed=observed, port=cell.access.port)


def handshake(seen: CellSeen, _context: CheckContext) -> Verdict:
    """The handshake comes to its end."""
    cell, look = seen.cell, seen.look
    if cell.access.security is Security.NONE:
        return skipped(NO_TLS)
    if look.tls is not None:
        return passed(f"{look.tls.version}, {look.tls.cipher}")
    if look.fault is None or look.fault.stage is not Stage.TLS:
        return skipped(NOT_REACHED)
    in_clear = look.fault.kind is FaultKind.PLAINTEXT
    kind = kinds.IN_THE_CLEAR if in_clear else kinds.HANDSHAKE_FAILED
    if in_clear and cell.access.security is Security.TLS and greets(look.fault):
        kind = kinds.STARTTLS_HERE
    observed = ended(look.fault)
    return found(kind.of(cell.subject, observed=observed, port=cell.access.port))


def versions(seen: CellSeen, _context: CheckContext) -> Verdict:
    """TLS 1.2 is accepted and nothing below it (RFC 8996)."""
    if seen.look.tls is None:
        return _without_tls(seen)
    held = {name: seen.conversations.get(purpose) for name, purpose in (_OLD | _NEW).items()}
    agreed = seen.look.tls.version.replace("TLSv", "TLS ")
    accepted = [name for name, each in held.items() if name == agreed or (each and each.tls)]
    subject, listed = seen.cell.subject, ", ".join(accepted) or "-"
    old = [name for name in accepted if name in _OLD]
    if old:
        return found(kinds.OLD_VERSION.of(subject, versions=", ".join(old), accepted=listed))
    for name in (*_OLD, "TLS 1.2"):
        if name != agreed and not _was_seen(held[name]):
            return _version_unknown(name, held[name])
    if "TLS 1.2" not in accepted:
        return found(kinds.NEW_VERSION_MISSING.of(subject, accepted=listed))
    return passed(listed)


def covers_name(seen: CellSeen, _context: CheckContext) -> Verdict:
    """The certificate covers the name of the cell."""
    if seen.look.tls is None:
        return _without_tls(seen)
    if why := unreadable(seen.look.tls):
        return unknown(why)
    chain = chain_of(seen.look.tls)
    if chain is None:
        return unknown(_NO_CERTIFICATE)
    return _first(judge_names(seen.cell.subject, chain, (seen.cell.name,)), listed(chain))


def chain_trusted(seen: CellSeen, context: CheckContext) -> Verdict:
    """A strict client gets from the leaf to a root that it knows."""
    if seen.look.tls is None:
        return _without_tls(seen)
    verified = seen.conversations.get(Purpose.VERIFIED)
    if verified is None:
        return unknown(ended(None))
    if verified.tls is not None:
        return passed()
    if verified.fault is None or verified.fault.kind is not FaultKind.UNTRUSTED:
        return unknown(ended(verified.fault))
    chain = chain_of(seen.look.tls)
    if chain is not None and (issuer := _interceptor(seen, chain, verified.fault, context)):
        observed = ended(verified.fault)
        return found(kinds.INTERCEPTED.of(seen.cell.subject, issuer=issuer, observed=observed))
    return _trust(seen.cell.subject, chain, verified.fault, context.now)


def days_left(seen: CellSeen, context: CheckContext) -> Verdict:
    """The certificate is valid, and not about to end."""
    if why := unreadable(seen.look.tls):
        return unknown(why)
    chain = chain_of(seen.look.tls)
    if chain is None:
        return _without_tls(seen)
    end = chain.leaf.not_valid_after_utc
    note = Text("until {end}, {days} days").format(
        end=told_date(end), days=(end - context.now).days
    )
    days = context.expectation.days
    return _first(judge_time(seen.cell.subject, chain, days, context.now), note)


def served_by_rsa(seen: CellSeen, context: CheckContext) -> Verdict:
    """A client that knows RSA alone is served; a bad certificate is judged by other checks."""
    chain = chain_of(seen.look.tls)
    if seen.look.tls is None or chain is None:
        return _without_tls(seen)
    if not is_sound(seen, context):
        return skipped(NOT_REACHED)
    held, new = seen.conversations.get(Purpose.RSA), seen.conversations.get(Purpose.TLS_1_2)
    if held is not None and held.tls is not None:
        return passed(held.tls.cipher)
    speaks = seen.look.tls.version == "TLSv1.2" or (new is not None and new.tls is not None)
    if not speaks and _was_seen(new):
        return skipped(NOT_REACHED)
    if not speaks or not _was_seen(held):
        return unknown(ended(held.fault if held else None))
    observed = ended(held.fault if held else None)
    return found(kinds.RSA_MISSING.of(seen.cell.subject, key=chain.key_kind, observed=observed))


def same_certificate(seen: CellSeen, context: CheckContext) -> Verdict:
    """The listeners of an address serve one certificate; a bad one is judged by other checks."""
    common = context.leaves.get(seen.cell.address)
    if seen.look.tls is None or common is None:
        return _without_tls(seen)
    if not is_sound(seen, context):
        return skipped(NOT_REACHED)
    return _compared(seen, common, deployed=False)


def deployed_certificate(seen: CellSeen, context: CheckContext) -> Verdict:
    """The certificate is the one that the deploy put there."""
    expected = context.expectation
    wanted = expected.deployed.get(seen.cell.address) or expected.deployed_everywhere
    if wanted is None:
        return skipped(Text("not stated (--certificate)"))
    if seen.look.tls is None:
        return _without_tls(seen)
    return _compared(seen, wanted, deployed=True)


def injection(seen: CellSeen, _context: CheckContext) -> Verdict:
    """A command sent together with STARTTLS is not carried out inside TLS."""
    if seen.cell.access.security is not Security.STARTTLS:
        return skipped(NOT_FOR_THIS)
    held = seen.conversations.get(Purpose.INJECTION)
    if held is None:
        return skipped(NOT_REACHED)
    answer = held.replies.get(Step.AFTER_HANDSHAKE)
    if answer is not None and answer.code != _GOODBYE and answer.is_positive:
        return found(kinds.INJECTED.of(seen.cell.subject, observed=quote_reply(answer)))
    if answer is not None or _was_refused(held):
        return passed()
    return unknown(ended(held.fault))


def is_sound(seen: CellSeen, context: CheckContext) -> bool:
    """Whether name, chain and time of the certificate have nothing against them."""
    judges = (covers_name, chain_trusted, days_left)
    return all(judge(seen, context).status is not Status.FAILED for judge in judges)


def _first(findings: Iterable[Finding], note: Text) -> Verdict:
    return next(map(found, findings), passed(note))


def _trust(subject: str, chain: Chain | None, fault: Fault, now: datetime) -> Verdict:
    """OpenSSL refused the certificate with `fault`; was it because of the issuer."""
    if fault.verify_code == _HOST_MISMATCH:
        return passed()
    own_time_is_wrong = chain is not None and not chain.is_valid_at(now)
    if fault.verify_code in {_NOT_YET_VALID, _EXPIRED} and own_time_is_wrong:
        return passed()
    if chain is not None and fault.verify_code == _EXPIRED:
        above = next(judge_intermediates(subject, chain, now), None)
        if above is not None:
            return found(above)
    is_own = fault.verify_code == _SELF_SIGNED
    kind = certificate_texts.SELF_SIGNED if is_own else certificate_texts.NOT_TRUSTED
    issuer = chain.leaf.issuer.rfc4514_string() if chain else ""
    return found(kind.of(subject, observed=fault.detail, issuer=issuer))


def _interceptor(seen: CellSeen, chain: Chain, fault: Fault, context: CheckContext) -> str:
    """The issuer, where it is none of the server's: a scanner's or a firewall's; else empty.

    It says so itself, or made a certificate for this very name while another listener of the
    address shows one that is sound.
    """
    issuer = chain.leaf.issuer.rfc4514_string()
    if fault.verify_code not in _ISSUER_UNKNOWN:
        return ""
    if any(one in issuer.casefold() for one in _INSPECTORS):
        return issuer
    sound = context.leaves.get(seen.cell.address)
    is_other = sound is not None and sound != fingerprint(seen.look.tls)
    is_made_up = chain.leaf.issuer != chain.leaf.subject and is_covered(chain, seen.cell.name)
    return issuer if is_other and is_made_up else ""


def _without_tls(seen: CellSeen) -> Verdict:
    return skipped(NO_TLS if seen.cell.access.security is Security.NONE else NOT_REACHED)


def _version_unknown(version: str, held: Conversation | None) -> Verdict:
    why = ended(held.fault if held else None)
    return unknown(Text("{version}: {why}").format(version=version, why=why))


def _was_seen(held: Conversation | None) -> bool:
    """Whether a version was accepted or refused, rather than not tried."""
    if held is None or held.tls is not None or held.fault is None:
        return held is not None and held.tls is not None
    refused = {FaultKind.TLS, FaultKind.DROPPED}
    return held.fault.stage is Stage.TLS and held.fault.kind in refused


def _was_refused(held: Conversation) -> bool:
    """Whether the server ended the session over two commands at once, which is right as well."""
    starttls = held.replies.get(Step.STARTTLS)
    if starttls is not None and not starttls.is_positive:
        return True
    return held.fault is not None and held.fault.kind in {FaultKind.DROPPED, FaultKind.TLS}


def _compared(seen: CellSeen, wanted: str, *, deployed: bool) -> Verdict:
    served = fingerprint(seen.look.tls)
    if served == wanted:
        return passed(f"SHA-256 {served[:16]}...")
    kind = certificate_texts.NOT_DEPLOYED if deployed else certificate_texts.ANOTHER
    port = seen.cell.access.port
    return found(kind.of(seen.cell.subject, expected=wanted, observed=served, port=port))
