"""A body that some receiver could not take is written so that all can, and reads the same."""

from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.message.fields import Field
from omi_core.milter.body import conformant, needs_change
from omi_core.milter.entity import Entity, divided, read_entity, written
from omi_core.milter.mail import RefusedMailError


def entity(body: bytes, **fields: str) -> Entity:
    named = ((name.replace("_", "-"), f" {value}".encode()) for name, value in fields.items())
    return Entity(fields=tuple(Field(name=n, value=v) for n, v in named), body=body)


def parsed(made: Entity) -> Message:
    """The mail as Python's own parser has it, which is another than ours."""
    return message_from_bytes(written(made))


def payload(message: Message) -> bytes:
    found = message.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def assert_sendable(octets: bytes) -> None:
    assert octets.isascii()
    assert b"\0" not in octets
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    assert max(map(len, octets.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("body", [b"", b"x", b"x\r\n", b"y" * 998 + b"\r\n" + b"y" * 998])
def test_what_can_be_sent_stays_octet_for_octet(body: bytes) -> None:
    asked = entity(body, From="a@b.example")
    assert conformant(asked) is asked


@pytest.mark.parametrize(
    "body",
    [
        b"y" * 999,
        b"x\r\n" + b"y" * 999 + b"\r\nx",
        "長" * 400 + "\r\n",
        "naïve\r\n",
        b"nul \0 in it",
        b"bare \r in it",
        b"bare \n in it",
        b"\r",
        b".\r\n..\r\n" + b"z" * 1000,
        b"trailing \r\nspace\t\r\n" + "é".encode(),
        b"From here\r\n" + "é".encode(),
    ],
)
@pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", "text/html", "image/png"])
def test_what_cannot_is_encoded_and_decodes_to_the_same(body: bytes | str, kind: str) -> None:
    octets = body.encode() if isinstance(body, str) else body
    made = conformant(entity(octets, Content_Type=kind, Content_Transfer_Encoding="8bit"))
    assert_sendable(made.body)
    assert payload(parsed(made)) == octets
    assert parsed(made)["MIME-Version"] == "1.0"
    assert parsed(made)["Content-Type"] == kind


@given(st.binary(max_size=3000), st.sampled_from(["text/plain", "text/html", "application/x"]))
def test_any_octets_arrive_as_they_were(octets: bytes, kind: str) -> None:
    asked = entity(octets, Content_Type=kind)
    made = conformant(asked)
    assert_sendable(made.body)
    assert payload(parsed(made)) == octets


@given(st.lists(st.binary(max_size=200).filter(lambda each: b"BOUND" not in each), max_size=5))
def test_each_part_of_a_multipart_arrives_as_it_was(parts: list[bytes]) -> None:
    body = b"".join(
        b"--BOUND\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        + part
        + b"\r\n"
        for part in parts
    )
    made = conformant(
        entity(body + b"--BOUND--\r\n", Content_Type='multipart/mixed; boundary="BOUND"')
    )
    assert_sendable(made.body)
    found = parsed(made).get_payload()
    assert [payload(each) for each in found if isinstance(each, Message)] == parts


@pytest.mark.parametrize("encoding", ["8BIT", "8bit;", "8bit (as it is)", "(as it is) 8bit"])
def test_the_encoding_is_the_first_word_that_is_no_comment(encoding: str) -> None:
    mail = entity("測試\r\n".encode(), Content_Type="text/html", Content_Transfer_Encoding=encoding)
    made = conformant(mail, "utf-8")
    assert_sendable(made.body)
    assert payload(parsed(made)).decode().rstrip() == "測試"


def test_parts_that_need_nothing_keep_every_octet() -> None:
    good = b"Content-type:  TEXT/plain ;charset=us-ascii\r\nX-Odd:\r\n\tfolded\r\n\r\nfine  \r\n"
    body = b"--b\r\n" + good + b"\r\n--b\r\n\r\n" + "é".encode() + b"\r\n--b--\r\nend"
    made = conformant(entity(body, Content_Type="multipart/mixed; boundary=b"))
    assert b"--b\r\n" + good + b"\r\n--b\r\n" in made.body


def test_a_delimiter_right_behind_another_hides_nothing() -> None:
    body = "--b\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n測試\r\n--b--\r\n".encode()
    mail = entity(body, Content_Type="multipart/mixed; boundary=b")
    made = conformant(mail, "utf-8")
    assert_sendable(made.body)
    seen = [
        payload(each).decode().rstrip() for each in parsed(made).walk() if not each.is_multipart()
    ]
    assert seen == ["測試"]


def test_a_line_that_goes_on_behind_the_boundary_divides_nothing() -> None:
    made = divided(b"--b\r\n\r\n--bx\r\n x--b\r\n--b--\r\n", b"b")
    assert made is not None
    assert made.parts == (b"\r\n--bx\r\n x--b",)


def test_a_forwarded_mail_is_mended_inside() -> None:
    inner = b"From: a@b.example\r\nSubject: x\r\n\r\n" + "é\r\n".encode()
    body = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    made = conformant(entity(body, Content_Type="multipart/mixed; boundary=b"))
    assert_sendable(made.body)
    (part,) = [each for each in parsed(made).walk() if each.get_content_type() == "text/plain"]
    assert payload(part) == "é\r\n".encode()


@pytest.mark.parametrize(
    "kind", ["multipart/signed; boundary=b", "multipart/encrypted; boundary=b"]
)
def test_what_somebody_signed_is_refused_by_the_line(kind: str) -> None:
    body = b"--b\r\n\r\nfine\r\n" + "é".encode() + b"\r\n--b--\r\n"
    with pytest.raises(RefusedMailError, match=r"line 4 of the body has octets that are not ASCII"):
        conformant(entity(body, Content_Type=kind))


def test_a_signed_mail_that_can_be_sent_is_left_alone() -> None:
    asked = entity(b"--b\r\n\r\nfine\r\n--b--\r\n", Content_Type="multipart/signed; boundary=b")
    assert conformant(asked) is asked


def test_the_refused_line_is_the_signed_parts_own() -> None:
    signed = b"Content-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n\r\n" + b"y" * 1000
    body = b"--b\r\n\r\n" + "é\r\n".encode() + b"--b\r\n" + signed + b"\r\n--c--\r\n--b--\r\n"
    with pytest.raises(RefusedMailError, match="line 9 of the body has more than 998 octets"):
        conformant(entity(body, Content_Type="multipart/mixed; boundary=b"))


def test_parts_within_parts_have_an_end() -> None:
    body = "é".encode()
    for depth in range(30):
        body = (
            f"--b{depth}\r\nContent-Type: multipart/mixed; boundary=b{depth - 1}\r\n\r\n".encode()
            + body
            + f"\r\n--b{depth}--\r\n".encode()
        )
    with pytest.raises(RefusedMailError, match="more than 20 parts within parts"):
        conformant(entity(body, Content_Type="multipart/mixed; boundary=b29"))


def test_the_number_of_parts_has_an_end() -> None:
    body = "--b\r\n\r\né\r\n".encode() * 1001 + b"--b--\r\n"
    with pytest.raises(RefusedMailError, match="more than 1000 parts"):
        conformant(entity(body, Content_Type="multipart/mixed; boundary=b"))


@given(st.binary(max_size=400))
def test_anything_is_judged_and_nothing_falls_over(octets: bytes) -> None:
    needs_change(octets)
    read_entity(octets)
    divided(octets, b"b")
    for kind in ("multipart/mixed; boundary=b", "message/rfc822", "text/plain"):
        try:
            made = conformant(entity(octets, Content_Type=kind))
        except RefusedMailError:
            continue
        assert_sendable(made.body)


def test_octets_of_no_known_charset_are_called_unknown() -> None:
    made = conformant(Entity(fields=(), body=b"\xff\r\n"))
    assert made.value("content-type") == "text/plain; charset=unknown-8bit"
