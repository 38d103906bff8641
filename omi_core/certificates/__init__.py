"""Certificates: what they must cover, what clients say to them, and when a new one is due.

`inspect` judges a `Chain`, and `why_issue` says whether a relay needs another one.
"""

from typing import TYPE_CHECKING

from omi_core.exports import lazy

if TYPE_CHECKING:
    from omi_core.certificates.chain import Chain, covers, why_replace
    from omi_core.certificates.client_words import ClientWords
    from omi_core.certificates.decision import HeldCertificates, Standard, why_issue
    from omi_core.certificates.readable import UnreadableError
    from omi_core.certificates.report import CertificateReport, inspect
    from omi_core.certificates.rules import CertificateRequirements, judge, require_sound
    from omi_core.certificates.trust import roots_in

__all__ = [
    "CertificateReport",
    "CertificateRequirements",
    "Chain",
    "ClientWords",
    "HeldCertificates",
    "Standard",
    "UnreadableError",
    "covers",
    "inspect",
    "judge",
    "require_sound",
    "roots_in",
    "why_issue",
    "why_replace",
]

_PLACES = {
    "CertificateReport": "omi_core.certificates.report",
    "CertificateRequirements": "omi_core.certificates.rules",
    "Chain": "omi_core.certificates.chain",
    "ClientWords": "omi_core.certificates.client_words",
    "HeldCertificates": "omi_core.certificates.decision",
    "Standard": "omi_core.certificates.decision",
    "UnreadableError": "omi_core.certificates.readable",
    "covers": "omi_core.certificates.chain",
    "inspect": "omi_core.certificates.report",
    "judge": "omi_core.certificates.rules",
    "require_sound": "omi_core.certificates.rules",
    "roots_in": "omi_core.certificates.trust",
    "why_issue": "omi_core.certificates.decision",
    "why_replace": "omi_core.certificates.chain",
}

if not TYPE_CHECKING:  # a type checker would take any name for one that is there
    __getattr__ = lazy(__name__, _PLACES)
