"""A message of DNS (RFC 1035 4), with dnspython beside."""

from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rdataclass

from omi_core.resolve.packet import TYPES, Response, Rr, answers_question, question_section, read
from omi_core.resolve.signer import keys_of, signers_of
from omi_core.resolve.wire_name import MalformedError

_ASKED = question_section("shop.example", "TXT")
_NAMED = {"CNAME", "NS", "PTR", "DNAME"}


def look(octets: bytes) -> Response:
    answers_question(octets, 1, _ASKED)
    found = read(octets)
    signers = signers_of(found.values("shop.example", "DS"))
    keys = keys_of(found.values("shop.example", "DNSKEY"))
    for signer in signers:
        for key in keys:
            if signer.is_known:
                signer.belongs_to(key, "shop.example")
    return found


def judge(octets: bytes, found: Any) -> None:
    other = _by_dnspython(octets)
    if found is None:
        assert other is None, "dnspython reads it"
        return
    records = (*found.answers, *found.authority, *found.additional)
    for record in records:
        _goes_back(record.name)
        if record.type in _NAMED:
            _goes_back(record.value)
        if record.type == "MX":
            _goes_back(record.value.partition(" ")[2])
        record.value.encode()
    if other is not None:
        assert found.rcode == int(other.rcode()) & 0xF
        assert _owners(records) >= _owners_of(other)


def _goes_back(name: str) -> None:
    """A name that was read can be asked about, and is the same one to dnspython."""
    assert name.isascii()
    assert name.isprintable()
    assert dns.name.from_text(name).to_wire() == question_section(name, "A")[:-4]


def _by_dnspython(octets: bytes) -> dns.message.Message | None:
    try:
        return dns.message.from_wire(octets, ignore_trailing=True, one_rr_per_rrset=True)
    except (dns.exception.DNSException, ValueError, NotImplementedError):
        return None


def _owners(records: tuple[Rr, ...]) -> set[tuple[str, str]]:
    return {(record.name, record.type) for record in records}


def _owners_of(other: dns.message.Message) -> set[tuple[str, str]]:
    kinds = {number: name for name, number in TYPES.items()}
    return {
        (_written(rrset.name), kinds[rrset.rdtype])
        for section in (other.answer, other.authority, other.additional)
        for rrset in section
        if rrset.rdtype in kinds and rrset.rdclass == dns.rdataclass.IN
    }


def _written(name: dns.name.Name) -> str:
    wire = name.to_wire()
    found = read(
        b"\0\1\x84\0\0\0\0\1\0\0\0\0\0" + b"\0\2\0\1\0\0\0\0" + len(wire).to_bytes(2) + wire
    )
    return found.answers[0].value


RAISES = (MalformedError,)
