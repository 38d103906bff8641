"""Certificates as a server sends them, or a file holds them."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from omi_core.certificates.chain import Chain
from omi_core.certificates.readable import UnreadableError, from_der
from omi_core.certificates.report import CertificateReport, inspect
from omi_core.certificates.rules import CertificateRequirements
from omi_core.certificates.served import chain_of, unreadable
from omi_core.errors import InputError
from omi_core.language import languages
from omi_core.names import Fqdn
from omi_core.smtp.channel import TlsSeen
from tests.fuzz.der_tree import changed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WANTED = CertificateRequirements(
    names=(Fqdn.parse("smtp.relay.example"), Fqdn.parse("xn--fiqs8s.example")), roots=()
)
RAISES = (InputError,)
_PEM = b"-----BEGIN"


def read(octets: bytes) -> CertificateReport:
    if _PEM in octets:
        return inspect("x", Chain.parse(octets), WANTED, NOW, ("00",))
    seen = TlsSeen(version="TLSv1.3", cipher="x", chain=(octets, octets))
    if why := unreadable(seen):
        raise UnreadableError(why)
    chain = chain_of(seen)
    assert chain is not None
    return inspect("x", chain, WANTED, NOW)


def judge(octets: bytes, found: Any) -> None:
    if found is None:
        return
    assert found.chain.pem.count(b"-----BEGIN") == len(found.chain.certificates)
    assert from_der([found.chain.leaf.public_bytes(Encoding.DER)])
    json.dumps(found.to_json()).encode()
    for finding in found.findings:
        for language in languages():
            finding.text.in_(language).encode()
    del octets


def mutate(octets: bytes, longest: int, seed: int) -> bytes:
    """Change one node of a certificate, or now and then any octets at all."""
    import atheris

    random = Random(seed)
    if random.randrange(4) == 0:
        other: bytes = atheris.Mutate(octets, longest)
        return other
    return changed(octets, random, lambda piece: atheris.Mutate(piece, 300))[:longest]
