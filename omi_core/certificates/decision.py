"""Whether a relay needs a new certificate, and why: pure."""

from dataclasses import dataclass
from datetime import datetime

from omi_core.certificates.chain import Chain, why_replace
from omi_core.inventory.issuers import KeyKind
from omi_core.names import Fqdn

_KINDS = {KeyKind.ECDSA: "P-256", KeyKind.RSA: "RSA 2048"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCertificates:
    """The certificates that a relay has with their keys, and the mark of who issued them."""

    chains: tuple[Chain, ...]
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """What a relay must have.

    `kinds` None takes whatever key comes with a provided certificate. `renewals` are the moments
    that the issuer has named for the certificates in use (RFC 9773).
    """

    names: tuple[Fqdn, ...]
    kinds: tuple[KeyKind, ...] | None
    mark: str
    renewals: tuple[datetime | None, ...] = ()
    is_under_way: bool = False
    force: bool = False


def why_issue(held: HeldCertificates, standard: Standard, now: datetime) -> str | None:
    """Say in one sentence why a new certificate is due; None while the present one will do."""
    if standard.force:
        return "a new certificate is asked for by force=true"
    if not held.chains:
        return why_replace(None, standard.names, now)
    return _why_another(held, standard) or _why_renew(held, standard, now)


def _why_another(held: HeldCertificates, standard: Standard) -> str | None:
    wanted = None if standard.kinds is None else sorted(_KINDS[kind] for kind in standard.kinds)
    present = sorted(chain.key_kind for chain in held.chains)
    if wanted is not None and wanted != present:
        return f"the keys are {', '.join(present)}, and are to be {', '.join(wanted)}"
    if held.mark != standard.mark:
        return "the certificate is from another issuer"
    if standard.is_under_way:
        return "an earlier run began to issue a certificate and did not come to its end"
    return None


def _why_renew(held: HeldCertificates, standard: Standard, now: datetime) -> str | None:
    if standard.kinds is None:
        return None  # what a person has bought is replaced when he has bought another
    for chain in held.chains:
        if why := why_replace(chain, standard.names, now):
            return why
    due = [moment for moment in standard.renewals if moment is not None and moment <= now]
    if due:
        from omi_core.message.launch_time import told_time  # as in chain.py

        return f"the CA asks to renew it from {told_time(due[0])} on (RFC 9773)"
    return None
