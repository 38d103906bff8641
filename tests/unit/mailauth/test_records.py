import base64
import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from omi_core.errors import InputError
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.mailauth.dmarc.record import DmarcRecord, Policy, is_dmarc, is_meant_as_dmarc
from omi_core.mailauth.taglist import format_tags, parse_tags

SPKI = PublicFormat.SubjectPublicKeyInfo
RSA = rsa.generate_private_key(65537, 1024).public_key()
ED25519 = ed25519.Ed25519PrivateKey.generate().public_key()

NAME = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
VALUE = st.text(st.characters(codec="ascii", min_codepoint=0x21, exclude_characters=";\x7f"))
OTHERS = st.lists(
    st.tuples(NAME.filter(lambda name: name not in {"v", "k", "p"}), VALUE),
    unique_by=lambda tag: tag[0],
    max_size=5,
).map(tuple)


def test_an_rsa_key_is_published_as_its_subject_public_key_info() -> None:
    der = RSA.public_bytes(Encoding.DER, SPKI)
    key = DkimKey.from_spki(RSA.public_bytes(Encoding.PEM, SPKI))
    assert key == DkimKey.from_spki(der)
    assert str(key) == f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def test_an_ed25519_key_is_published_as_its_32_octets() -> None:
    raw = ED25519.public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = DkimKey.from_spki(ED25519.public_bytes(Encoding.DER, SPKI))
    assert key == DkimKey.ed25519(raw)
    assert str(key) == f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"junk",
        b"-----BEGIN PUBLIC KEY-----\njunk\n-----END PUBLIC KEY-----\n",
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, SPKI),
        rsa.generate_private_key(65537, 4104).public_key().public_bytes(Encoding.DER, SPKI),
    ],
)
def test_keys_that_verifiers_cannot_use_are_refused(encoded: bytes) -> None:
    with pytest.raises(InputError, match="DKIM"):
        DkimKey.from_spki(encoded)


def test_an_ed25519_key_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="32 octets, not 31"):
        DkimKey.ed25519(bytes(31))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("v=DKIM1; k=rsa; p=QUJD", DkimKey(public_key=b"ABC")),
        (" v = DKIM1 ;p=QU JD; ", DkimKey(public_key=b"ABC")),
        ("p=", DkimKey(public_key=b"")),
        (
            "v=DKIM1; t=y:s; h=sha256; p=QUJD; zz=1",
            DkimKey(public_key=b"ABC", others=(("t", "y:s"), ("h", "sha256"), ("zz", "1"))),
        ),
    ],
)
def test_key_records_are_read_as_rfc_6376_says(text: str, key: DkimKey) -> None:
    assert DkimKey.parse(text) == key
    assert DkimKey.parse(str(key)) == key
    assert key.revoked == (not key.public_key)


@pytest.mark.parametrize(
    "text",
    ["", "v=DKIM1", "k=rsa; v=DKIM1; p=", "v=DKIM2; p=", "p=!", "p=QUJD; p=QUJD", "p", "p=ü"],
)
def test_key_records_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        DkimKey.parse(text)


@given(st.sampled_from(["rsa", "ed25519"]), st.binary(max_size=300), OTHERS)
def test_dkim_text_and_value_are_the_same_record(
    algorithm: str, octets: bytes, others: tuple[tuple[str, str], ...]
) -> None:
    key = DkimKey(algorithm=algorithm, public_key=octets, others=others)
    assert DkimKey.parse(str(key)) == key


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=DMARC1; p=none", DmarcRecord(Policy.NONE)),
        (
            "v=DMARC1;p=Reject;rua=mailto:a@x.example!10m;",
            DmarcRecord(Policy.REJECT, (("rua", "mailto:a@x.example!10m"),)),
        ),
        (
            "v=DMARC1; pct=50; p=quarantine; new=1",
            DmarcRecord(Policy.QUARANTINE, (("pct", "50"), ("new", "1"))),
        ),
    ],
)
def test_dmarc_records_are_read_as_rfc_7489_says(text: str, record: DmarcRecord) -> None:
    assert DmarcRecord.parse(text) == record
    assert DmarcRecord.parse(str(record)) == record
    assert is_dmarc(text.encode())


@pytest.mark.parametrize(
    "text", ["", "v=DMARC1", "p=none; v=DMARC1", "v=DMARC2; p=none", "v=DMARC1; p=maybe"]
)
def test_dmarc_records_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        DmarcRecord.parse(text)


def test_receivers_know_a_policy_by_its_version_in_capitals() -> None:
    """RFC 7489 6.4: the name of a tag may be written as one likes, the value of v= may not."""
    assert is_dmarc(b"V = DMARC1 ; p=oops")
    assert not is_dmarc(b"v=dmarc1; p=none")
    assert not is_dmarc(b"v=DMARC10; p=none")
    assert not is_dmarc(b"v=spf1 -all")


@pytest.mark.parametrize(
    "text",
    ["V = dmarc1 ; p=oops", "\u201cv=DMARC1; p=none\u201d", "p=reject; rua=mailto:a@x.example",
     "DMARC1; p=none", "v=DMARC1", "v:DMARC1; p:none", "rua=mailto:a@x.example; sp=none"],
)  # fmt: skip
def test_a_sloppy_dmarc_record_is_still_somebodys(text: str) -> None:
    assert is_meant_as_dmarc(text)


@pytest.mark.parametrize("text", ["", "something else", "v=spf1 -all", "v=DKIM1; p=MIIB", "app=1"])
def test_another_text_is_no_policy(text: str) -> None:
    assert not is_meant_as_dmarc(text)


@given(st.sampled_from(Policy), OTHERS)
def test_dmarc_text_and_value_are_the_same_record(
    policy: Policy, others: tuple[tuple[str, str], ...]
) -> None:
    record = DmarcRecord(policy, others)
    assert DmarcRecord.parse(str(record)) == record


@given(st.text())
def test_junk_gives_tags_or_the_documented_error(text: str) -> None:
    for read in (DkimKey.parse, DmarcRecord.parse, parse_tags):
        with contextlib.suppress(InputError):
            assert read(text) is not None


@given(OTHERS)
def test_tags_survive_their_text(tags: tuple[tuple[str, str], ...]) -> None:
    assert parse_tags(format_tags(tags)) == tags
