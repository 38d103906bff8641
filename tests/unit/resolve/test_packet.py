"""Our reading of DNS messages is dnspython's, and junk is refused."""

import struct

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.dns.record import Type, parse_data
from omi_core.onboarding.target import as_seen
from omi_core.resolve.packet import TYPES, answers_question, question, question_section
from omi_core.resolve.packet import read as read_packet
from omi_core.resolve.wire_name import MalformedError

RECORDS = (
    ("shop.example.", "A", "192.0.2.1", "192.0.2.1"),
    ("shop.example.", "AAAA", "2001:db8::1", "2001:db8::1"),
    ("shop.example.", "MX", "10 mail.shop.example.", "10 mail.shop.example"),
    ("Shop.EXAMPLE.", "CNAME", "www.shop.example.", "www.shop.example"),
    ("shop.example.", "TXT", '"v=spf1 " "-all"', "v=spf1 -all"),
    ("shop.example.", "TXT", '"\\228\\184\\173"', "\u4e2d"),
    ("shop.example.", "SPF", '"v=spf1 -all"', "v=spf1 -all"),
    ("shop.example.", "SOA", "ns. h. 1 2 3 4 77", "77"),
    ("shop.example.", "NS", "ns.shop.example.", "ns.shop.example"),
    ("a\\.b.example.", "PTR", "x.example.", "x.example"),
    ("shop.example.", "CAA", '0 issue "ca.example"', '0 issue "ca.example"'),
    ("shop.example.", "CAA", '128 iodef ""', '128 iodef ""'),
)


def _answer(owner: str, kind: str, written: str) -> dns.message.Message:
    message = dns.message.make_response(dns.message.make_query(owner, kind))
    message.answer.append(dns.rrset.from_text(owner, 300, "IN", kind, written))
    return message


def test_a_question_is_what_dnspython_reads() -> None:
    message = dns.message.from_wire(question(77, question_section("omi1._domainkey.x.tw", "TXT")))
    assert message.id == 77
    assert message.question[0].to_text() == "omi1._domainkey.x.tw. IN TXT"
    assert not message.flags & dns.flags.RD
    assert message.ednsflags & dns.flags.DO


@pytest.mark.parametrize(("owner", "kind", "written", "value"), RECORDS)
def test_a_record_is_read_as_it_was_written(
    owner: str, kind: str, written: str, value: str
) -> None:
    [found] = read_packet(_answer(owner, kind, written).to_wire()).answers
    assert (found.type, found.ttl, found.value) == (kind, 300, value)
    assert found.name == owner.removesuffix(".").lower()


@pytest.mark.parametrize("kind", list(Type))
def test_what_may_be_published_is_read_as_it_is_published(kind: Type) -> None:
    """Else `omi dns verify` would look at it and see another value, or none."""
    written = next(data for _, sample, data, _ in RECORDS if sample == kind)
    [found] = read_packet(_answer("shop.example.", kind, written).to_wire()).answers
    assert found.value == as_seen(parse_data(kind, written))


def test_a_tag_that_is_longer_than_its_record_is_refused() -> None:
    octets = _answer("shop.example.", "CAA", '0 issue "ca.example"').to_wire()
    with pytest.raises(MalformedError, match="a tag is cut off"):
        read_packet(octets.replace(b"\x05issue", b"\xc8issue"))


@given(st.binary(max_size=120))
def test_junk_is_refused_and_never_raises_anything_else(junk: bytes) -> None:
    message = dns.message.make_query("shop.example", "TXT").to_wire()
    for octets in (junk, message[:12] + junk):
        try:
            read_packet(octets)
        except MalformedError:
            continue


def test_a_name_that_points_at_itself_is_refused() -> None:
    with pytest.raises(MalformedError):
        read_packet(b"\0\1\x80\0\0\1\0\0\0\0\0\0" + b"\xc0\x0c\0\1\0\1")


def test_an_answer_must_carry_the_id_and_the_question() -> None:
    section = question_section("shop.example", "TXT")
    query = dns.message.from_wire(question(5, section))
    good = dns.message.make_response(query).to_wire()
    other = dns.message.make_response(dns.message.make_query("other.example", "TXT", id=5))
    assert not answers_question(good, 5, section)
    assert str(answers_question(good, 6, section)) == "another id"
    assert str(answers_question(other.to_wire(), 5, section)) == "the answer to another question"
    assert str(answers_question(query.to_wire(), 5, section)) == "a question instead of an answer"
    assert str(answers_question(b"\0", 5, section)) == "a message without a header"


def test_a_record_of_another_class_says_nothing() -> None:
    """RFC 1035 3.2.4: such as CHAOS; its data may be of any form."""
    chaos = b"\0" + struct.pack("!HHIH", TYPES["A"], 3, 60, 1) + b"x"
    internet = b"\0" + struct.pack("!HHIH", TYPES["A"], 1, 60, 4) + b"\xc0\0\2\x19"
    message = struct.pack("!6H", 1, 0x8400, 0, 2, 0, 0) + chaos + internet
    assert [record.value for record in read_packet(message).answers] == ["192.0.2.25"]
