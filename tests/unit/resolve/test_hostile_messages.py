"""Messages that are made to cost, and names that no message can carry, end in one place."""

import struct

import dns.message
import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.resolve.delegation import is_within
from omi_core.resolve.packet import is_askable, question_section, read
from omi_core.resolve.wire_name import MalformedError

NS, UNKNOWN = 2, 65280
FIRST_NAME = 12 + 11  # the header, and the fixed part of a record of the root


def pointer(target: int) -> bytes:
    return struct.pack("!H", 0xC000 | target)


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def message(*records: bytes) -> bytes:
    return struct.pack("!6H", 1, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def chain(pointers: int, begin: bytes = b"\x01a\0") -> tuple[bytes, int]:
    """A name with pointers behind it, each to the one before; and where the last one stands."""
    octets, last = begin, FIRST_NAME
    for _ in range(pointers):
        place = FIRST_NAME + len(octets)
        octets += pointer(last)
        last = place
    return octets, last


def bomb(pointers: int, times: int = 1) -> bytes:
    octets, last = chain(pointers)
    others = [record(pointer(last), NS, pointer(last))] * times
    return message(record(b"\0", UNKNOWN, octets), *others)


def test_twenty_pointers_make_a_name_and_more_make_none() -> None:
    assert read(bomb(19)).answers[1].name == "a"
    for pointers in (20, 21, 400, 8000):
        with pytest.raises(MalformedError, match="too long"):
            read(bomb(pointers))


def test_a_message_of_65_kb_in_which_every_name_is_long_is_refused() -> None:
    """Each name alone is allowed: 120 labels behind 19 pointers."""
    octets, last = chain(0, b"\x01a" * 6 + b"\0")
    for _ in range(19):
        place = FIRST_NAME + len(octets)
        octets += b"\x01a" * 6 + pointer(last)
        last = place
    one = record(pointer(last), NS, pointer(last))
    first = record(b"\0", UNKNOWN, octets)
    assert read(message(first, one)).answers[1].value == ".".join("a" * 120)
    with pytest.raises(MalformedError, match="too many names"):
        read(message(first, *[one] * 4600))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (b"\x96" + b"\xff" * 150 + b"\0", "a label of 150 octets"),
        (b"\x40" + b"a" * 64 + b"\0", "64: the first reserved length"),
        (b"\x80" + b"a" * 128 + b"\0", "128: the other reserved kind"),
        (b"\xbf" + b"a" * 191 + b"\0", "191: the last one"),
        (b"\x3f" + b"a" * 62, "a label that is cut off"),
        (b"\x02ab", "a name without an end"),
        (b"\x01a" * 127 + b"\x01a\0", "257 octets"),
        ((b"\x3f" + b"a" * 63) * 4 + b"\0", "257 octets in four labels"),
        (b"\xc0", "half a pointer"),
    ],
)
def test_a_name_that_the_wire_cannot_carry_is_malformed(name: bytes, why: str) -> None:
    with pytest.raises(MalformedError):
        read(message(record(b"\0", NS, name)))
    assert why


LABELS = (
    b"\xff" * 63,
    b"\xc3\x84",  # UTF-8, which DNS does not fold
    b"a.b",
    b"a\\b",
    b"\\",
    b"\\.",
    b"a b",
    b"\x00\x1b[2J",
    b"\xc2\x85",
    b"UPPER",
)


@pytest.mark.parametrize("label", LABELS)
def test_a_name_goes_back_on_the_wire_octet_for_octet(label: bytes) -> None:
    wire = bytes([len(label)]) + label + b"\x07example\0"
    [found] = read(message(record(b"\0", NS, wire))).answers
    assert question_section(found.value, "A")[:-4] == wire.lower()
    assert found.value.isascii()
    assert found.value.isprintable()
    assert dns.name.from_text(found.value).to_wire() == wire.lower()


@given(st.lists(st.binary(min_size=1, max_size=63), max_size=3))
def test_any_labels_go_back(labels: list[bytes]) -> None:
    wire = b"".join(bytes([len(one)]) + one for one in labels) + b"\0"
    [found] = read(message(record(b"\0", NS, wire))).answers
    assert question_section(found.value, "A")[:-4] == wire.lower()


@pytest.mark.parametrize(
    "name",
    [
        ".",
        "..",
        "a..b",
        ".a",
        "a.",
        "a" * 64,
        "\u4e2d.tw",
        "\xff.tw",
        "\ud800.tw",
        "ends\\",
        "\\300.tw",
        ".".join("a" * 128),
        ".".join(["a" * 63] * 4),
        "\\255" * 64,
    ],
)
def test_a_name_that_no_message_can_carry_is_a_value_error_in_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"^no message can carry the name"):
        question_section(name, "TXT")
    assert not is_askable(name, "TXT")


def test_the_longest_name_can_be_asked_about() -> None:
    name = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(question_section(name, "TXT")) == 255 + 4
    assert question_section("", "NS") == b"\0\0\2\0\1"


def test_a_dot_within_a_label_divides_nothing() -> None:
    assert is_within("a.victim.example", "victim.example")
    assert not is_within("a\\.victim.example", "victim.example")
    assert is_within("a\\\\.victim.example", "victim.example")


def test_many_questions_cost_no_more_than_many_records() -> None:
    octets = b"\x01a" * 126 + b"\0"
    questions = (octets + b"\0\1\0\1") + (pointer(12) + b"\0\1\0\1") * 9000
    with pytest.raises(MalformedError, match="too many names"):
        read(struct.pack("!6H", 1, 0x8400, 9001, 0, 0, 0) + questions)


def test_a_large_honest_answer_is_read_whole() -> None:
    made = dns.message.make_response(dns.message.make_query("shop.example", "TXT"))
    texts = [f'"{number:04} {"x" * 200}"' for number in range(250)]
    made.answer.append(dns.rrset.from_text("shop.example.", 60, "IN", "TXT", *texts))
    hosts = [f"ns{number}.provider-with-a-long-name.example." for number in range(100)]
    made.authority.append(dns.rrset.from_text("shop.example.", 60, "IN", "NS", *hosts))
    found = read(made.to_wire(max_size=65535))
    assert len(found.answers) == 250
    assert len(found.authority) == 100
