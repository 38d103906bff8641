"""Records that are made to end or to hold up a look are judged as the RFCs say."""

import base64
from ipaddress import IPv4Address

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from omi_core.mailauth import mangled
from omi_core.mailauth.dkim.reading import KeyFault, read_key
from omi_core.mailauth.dmarc.discover import (
    MOST_REPORT_DOMAINS,
    Discovery,
    read_policy,
    report_domains,
    unwelcome_reports,
)
from omi_core.mailauth.questions import Answer, Question, run
from omi_core.mailauth.spf.evaluate import Result, check_host
from omi_core.mailauth.spf.macro import Mail, expand, shortened
from omi_core.mailauth.spf.syntax import SpfSyntaxError, parse
from omi_core.onboarding.merge import merged
from omi_core.onboarding.target import Target

MAIL = Mail.of(IPv4Address("192.0.2.25"), "a@shop.example", "smtp.relay.example")
SIZE = 64_000
RSA_ENCRYPTION, DIFFIE_HELLMAN = "2a864886f70d010101", "2a864886f70d010301"


# --- SPF: RFC 7208 7.1 and 7.3 allow any number of digits in a macro


@pytest.mark.parametrize(
    ("digits", "kept"),
    [
        ("1", "example"),
        ("2", "shop.example"),
        ("01", "example"),
        ("0" * 5000 + "1", "example"),
        ("9" * 3, "shop.example"),
        ("9" * 4301, "shop.example"),
        ("1" + "0" * 60_000, "shop.example"),
        ("0" * 5000 + "9" * 5000, "shop.example"),
    ],
)
def test_a_macro_keeps_as_many_parts_as_its_digits_say(digits: str, kept: str) -> None:
    for letter in ("d", "dr", "D", "d-"):
        macro = f"%{{{letter[0]}{digits}{letter[1:]}}}"
        parse(f"v=spf1 exists:{macro}.example.com -all")
        expand(macro, MAIL, "shop.example")
    assert expand(f"%{{d{digits}}}", MAIL, "shop.example") == kept


@pytest.mark.parametrize("digits", ["0", "00", "0" * 5000])
def test_digits_that_are_all_zero_are_no_spf(digits: str) -> None:
    with pytest.raises(SpfSyntaxError, match="zero parts"):
        parse(f"v=spf1 a:%{{d{digits}}}.example.com -all")


@pytest.mark.parametrize(
    "term",
    [
        "a:%{d" + "9" * 5000 + "}.example.com",
        "exists:%{d" + "9" * 60_000 + "}",
        "include:%{s" + "1" * 4301 + "r-}.example.com",
        "redirect=%{o" + "8" * 5000 + "}",
        "exp=%{h" + "7" * 5000 + "R}.example.com",
        "x-unknown=%{i" + "6" * 5000 + "}",
    ],
)
def test_a_record_with_thousands_of_digits_has_a_result(term: str) -> None:
    def ask(question: Question) -> Answer:
        here = question == Question("shop.example", "TXT")
        return Answer((f"v=spf1 {term} -all",)) if here else Answer()

    evaluation = run(check_host(MAIL, "shop.example"), ask)
    assert evaluation.result in {Result.FAIL, Result.PERMERROR}


def test_64_kb_of_macros_make_no_name_that_is_shortened_for_ever() -> None:
    """RFC 7208 7.3 says label by label; of two million labels that is a copy of 4 MB each."""
    domain = "a." * 120 + "example"
    term = "exists:" + "%{d}." * (SIZE // 5) + "example.com"
    asked: list[str] = []

    def ask(question: Question) -> Answer:
        asked.append(question.name)
        return Answer((f"v=spf1 {term} -all",)) if question.type == "TXT" else Answer()

    assert run(check_host(MAIL, domain), ask).result is Result.FAIL
    assert len(asked[1]) <= 253
    assert asked[1].endswith(".example.example.com")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("a." * 126 + "b", "a." * 126 + "b"),
        ("a." * 127 + "b", "a." * 126 + "b"),
        ("a." * 5000 + "b", "a." * 126 + "b"),
        ("a." * 126 + "b.", "a." * 126 + "b"),
        ("x" + "a." * 126 + "b", "a." * 125 + "b"),
        ("." * 300, "." * 253),
        ("a" * 300 + ".b", "b"),
        ("b." + "a" * 300, "a" * 300),
        ("a" * 300, "a" * 300),
    ],
)
def test_a_name_loses_labels_until_253_characters_are_left(name: str, short: str) -> None:
    assert shortened(name) == short


@pytest.mark.parametrize(
    "term",
    [
        "a/" + "1" * 5000,
        "a//" + "1" * 5000,
        "mx:example.com/" + "0" * 5000,
        "ip4:192.0.2.1/" + "3" * 5000,
        "ip6:2001:db8::/" + "3" * 5000,
        "ip4:" + "1" * 5000,
        "ip4:192.0.2." + "1" * 5000,
    ],
)
def test_a_prefix_of_thousands_of_digits_is_no_spf(term: str) -> None:
    with pytest.raises(SpfSyntaxError):
        parse(f"v=spf1 {term} -all")


# --- DKIM: keys of kinds that no verifier takes


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1)
    length = bytes([size]) if size < 128 else bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + content


def integer(number: int) -> bytes:
    return der(2, number.to_bytes(number.bit_length() // 8 + 1))


def spki(oid: str, parameters: bytes, key: bytes) -> bytes:
    algorithm = der(0x30, der(6, bytes.fromhex(oid)) + parameters)
    return der(0x30, algorithm + der(3, b"\0" + key))


def public(key: object) -> bytes:
    octets: bytes = key.public_key().public_bytes(  # type: ignore[attr-defined]
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return octets


POINT = der(4, b"\4" + b"\1" * 64)
RSA = public(rsa.generate_private_key(65537, 1024))
ODD_KEYS = {
    "unknown OID": base64.b64decode("MBMwCwYJKwYBBAGGjR8BAwQAAQID"),
    "GOST 2001": spki("2a8503020213", der(0x30, der(6, bytes.fromhex("2a850302022301"))), POINT),
    "GOST 2012": spki("2a85030701010101", b"", POINT),
    "SM2's curve": spki("2a8648ce3d0201", der(6, bytes.fromhex("2a811ccf5501822d")), POINT[2:]),
    "unknown curve": spki("2a8648ce3d0201", der(6, bytes.fromhex("2b8104000f00")), POINT[2:]),
    "curve by parameters": spki("2a8648ce3d0201", der(0x30, integer(1)), POINT[2:]),
    "P-256": public(ec.generate_private_key(ec.SECP256R1())),
    "DSA": public(dsa.generate_private_key(1024)),
    "X25519": public(x25519.X25519PrivateKey.generate()),
    "Ed448": public(ed448.Ed448PrivateKey.generate()),
    "Ed25519 as k=rsa": public(ed25519.Ed25519PrivateKey.generate()),
    "a group that takes a second": spki(
        DIFFIE_HELLMAN, der(0x30, integer(2**10_000 + 1) + integer(2)), integer(5)
    ),
    "modulus 0": spki(RSA_ENCRYPTION, b"\5\0", der(0x30, integer(0) + integer(3))),
    "exponent 1": spki(RSA_ENCRYPTION, b"\5\0", der(0x30, integer(2**2047 + 1) + integer(1))),
    "no octets of a key": spki(RSA_ENCRYPTION, b"\5\0", b""),
    "three octets": b"\0\0\0",
    "one octet": b"\x30",
    "a length of 127 octets": b"\x30\xff" + b"\xff" * 200,
    "indefinite length": b"\x30\x80" * 4000,
    "cut off": RSA[:100],
    "octets behind it": RSA + b"\0",
}


@pytest.mark.parametrize("kind", ODD_KEYS)
def test_a_key_of_another_kind_is_no_key(kind: str) -> None:
    text = base64.b64encode(ODD_KEYS[kind]).decode()
    reading = read_key((f"v=DKIM1; k=rsa; p={text}",))
    assert reading.fault is KeyFault.NO_KEY
    assert f"{len(ODD_KEYS[kind])} octets" in str(reading.detail)


def test_a_modulus_of_45_kb_is_measured() -> None:
    numbers = der(0x30, integer(2 ** (8 * 45_000) + 1) + integer(65537))
    octets = spki(RSA_ENCRYPTION, b"\5\0", numbers)
    reading = read_key((f"p={base64.b64encode(octets).decode()}",))
    assert reading.bits == 8 * 45_000 + 1


# --- any record: 64 KB of what would cost the square of its length

TARGET = Target(
    domain="shop.example",
    selectors=(),
    spf_name="_spf.relay.example",
    relays=(MAIL.ip,),
    dmarc="v=DMARC1; p=none",
    helo="smtp.relay.example",
)
LONG = {
    "tags": "v=DMARC1; p=none; " + "".join(f"t{number}=1;" for number in range(9000)),
    "tags of a key": "v=DKIM1; " + "".join(f"t{number}=1;" for number in range(9000)),
    "semicolons": "v=DMARC1" + ";" * SIZE,
    "combining marks": "v=spf1 a" + "\u0301\u0316" * (SIZE // 4),
    "combining marks first": "\u0301\u0316" * (SIZE // 4) + "v=spf1 a",
    "one term": "v=spf1 " + "a " * (SIZE // 2),
    "networks": "v=spf1 " + " ".join(f"ip4:10.{n >> 8}.{n & 255}.1" for n in range(4200)),
    "labels": "v=spf1 include:" + "a." * (SIZE // 2) + "com -all",
    "macros": "v=spf1 a:" + "%{d}" * (SIZE // 4) + " -all",
    "macros left open": "v=spf1 a:" + "%{d1" * (SIZE // 4) + " -all",
    "delimiters": "v=spf1 a:%{d" + "." * SIZE + "}.example.com -all",
    "digits left open": "v=spf1 a:%{d" + "9" * (SIZE // 2) + "." * (SIZE // 2) + " -all",
    "hyphens": "v=spf1 a:x.a" + "-" * SIZE + " -all",
    "slashes": "v=spf1 a:x.example" + "/" * SIZE + " -all",
    "spaces": "v=spf1 " + " " * SIZE + "-all",
    "quotes": "v=spf1 " + '" ' * (SIZE // 2),
    "backslashes": "v=DMARC1" + "\\" * SIZE,
    "key in pieces": "v=DKIM1; p=" + "A " * (SIZE // 2),
    "report addresses": "v=DMARC1; p=none; rua=" + ",".join(["mailto:a@b.example"] * 3000),
}


@pytest.mark.parametrize("shape", LONG)
def test_64_kb_of_any_shape_are_read(shape: str) -> None:
    """A quadratic reader takes a second for each; nothing here is timed."""
    text = LONG[shape]
    assert mangled.kind_of(text) in {"spf", "dmarc", "dkim", ""}
    mangled.damage_of(text)
    mangled.repaired(text)
    read_key((text,))
    read_policy(text)
    made = run(merged((text,), TARGET), lambda _: Answer())
    assert made.record


def test_a_tag_that_comes_twice_among_thousands_is_named() -> None:
    tags = "".join(f"t{number}=1;" for number in range(5000))
    assert str(read_policy(f"v=DMARC1; {tags} t77=2").problem) == "the tag t77= is there twice"


# --- DMARC: a record's addresses are asked about, so their number and their form are bounded


def discovered(*addresses: str) -> Discovery:
    record = f"v=DMARC1; p=none; rua={','.join(f'mailto:{one}' for one in addresses)}"
    reading = read_policy(record)
    return Discovery(domain="shop.example", at="shop.example", texts=(record,), reading=reading)


def asked_about(discovery: Discovery) -> tuple[list[str], tuple[str, ...]]:
    questions: list[str] = []

    def ask(question: Question) -> Answer:
        questions.append(question.name)
        return Answer()

    return questions, run(unwelcome_reports(discovery), ask)


def test_two_thousand_domains_are_twenty_questions() -> None:
    discovery = discovered(*(f"a@h{number}.example" for number in range(2000)))
    questions, refused = asked_about(discovery)
    assert len(questions) == len(refused) == MOST_REPORT_DOMAINS == 20
    assert len(report_domains(discovery)) == 2000


def test_two_thousand_addresses_of_one_domain_are_one_question() -> None:
    addresses = [f"a{number}@other.example" for number in range(2000)]
    questions, refused = asked_about(discovered(*addresses))
    assert questions == ["shop.example._report._dmarc.other.example"]
    assert list(refused) == addresses


@pytest.mark.parametrize(
    "address",
    [
        "a@..",
        "a@",
        "a@.",
        "a@...example",
        "a@" + "b" * 80 + ".example",
        "a@" + "b." * 200 + "example",
        "a@" + "b" * 60_000,
        "a@" + "b." * 30_000 + "example",
        "a@ends\\",
        "a@[192.0.2.1]",
        "@@@",
    ],
)
def test_an_address_that_cannot_be_is_named_and_nobody_is_asked(address: str) -> None:
    discovery = discovered(address)
    assert asked_about(discovery) == ([], ())
    assert discovery.reading.undeliverable == (f"mailto:{address}",)
