"""A header that some receiver could not take is written so that all can, and reads the same."""

from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.message.fields import Field
from omi_core.message.mailboxes import AddrSpec, MailboxError, NameAddr
from omi_core.milter.fields import conformant
from omi_core.milter.mail import Draft, RefusedMailError
from omi_core.milter.typed import shown_name, with_a_labels, write_mailboxes


def draft(*pairs: tuple[str, str | bytes]) -> Draft:
    fields = (
        Field(name=n, value=b" " + (v.encode() if isinstance(v, str) else v)) for n, v in pairs
    )
    return Draft.of(fields)


def value(made: Draft, name: str) -> str:
    """The field as Python's own parser reads it, which is another than ours."""
    (field,) = made.all(name.lower())
    octets = field.name.encode() + b":" + field.value.replace(b"\n", b"\r\n") + b"\r\n\r\n"
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    found = message_from_bytes(octets)[name]
    return str(make_header(decode_header(found.replace("\r\n", ""))))


def read(name: str, written: str | bytes, charset: str = "utf-8") -> str:
    return value(conformant(draft((name, written)), charset), name)


def addresses(name: str, written: str | bytes) -> list[tuple[str, str]]:
    """Names and addresses as receivers find them: the addresses before words are decoded."""
    made = conformant(draft((name, written)), "utf-8")
    (field,) = made.all(name.lower())
    found = getaddresses([field.value.decode("ascii").replace("\n", "")])
    return [(str(make_header(decode_header(shown))), address) for shown, address in found]


@pytest.mark.parametrize(
    "written",
    ["a plain one", "=?utf-8?b?5bCP?= and more", "x" * 900, "folded\n here", "a\ttab", ""],
)
def test_what_can_be_sent_stays_octet_for_octet(written: str) -> None:
    asked = draft(("Subject", written), ("X-Other", written))
    assert conformant(asked, "utf-8") == asked


@pytest.mark.parametrize("name", ["Subject", "X-Note", "Comments"])
@pytest.mark.parametrize(
    "text", ["你好", "naïve café", "長" * 3000, "a" * 5000 + "é", "Re: 你好 =?x"]
)
def test_bare_octets_become_encoded_words_that_read_the_same(name: str, text: str) -> None:
    assert read(name, text) == text


def test_octets_in_the_charset_of_the_body_are_read_by_it() -> None:
    assert read("Subject", "會議通知".encode("big5"), "big5") == "會議通知"


def test_octets_in_no_known_charset_are_refused_by_the_header() -> None:
    with pytest.raises(
        RefusedMailError, match="the Subject header cannot be sent on: it holds octets"
    ):
        read("Subject", b"\xff\xfe")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("小明 <a@b.example>", [("小明", "a@b.example")]),
        (
            "小明 <a@b.example>, 小華 <c@d.example>, e@f.example",
            [("小明", "a@b.example"), ("小華", "c@d.example"), ("", "e@f.example")],
        ),
        (
            "王, 小明 <a@b.example>; 華 <c@d.example>",
            [("王, 小明", "a@b.example"), ("華", "c@d.example")],
        ),
        (
            "a@b.example, 小明(業務) <c@d.example>",
            [("", "a@b.example"), ("小明(業務)", "c@d.example")],
        ),
        ('"小 明" <a@b.example>', [("小 明", "a@b.example")]),
        ('"小明, \\"老闆\\"" <a@b.example>', [('小明, "老闆"', "a@b.example")]),
        ("小明 <a@中文.example>", [("小明", "a@xn--fiq228c.example")]),
        ("a@b.example (小明)", [("小明", "a@b.example")]),
    ],
)
@pytest.mark.parametrize("name", ["To", "Cc", "Reply-To"])
def test_every_recipient_that_a_person_typed_is_found(
    name: str, written: str, meant: list[tuple[str, str]]
) -> None:
    assert addresses(name, written) == meant
    # The guide's Python program encodes the whole of it, addresses and all.
    hidden = Header(written, "utf-8").encode(linesep="\n")
    assert addresses(name, hidden) == meant


def test_a_hundred_hidden_recipients_are_all_kept() -> None:
    meant = [(f"小明{number}", f"a{number}@b.example") for number in range(100)]
    written = ", ".join(f"{name} <{address}>" for name, address in meant)
    assert addresses("To", Header(written, "utf-8").encode(linesep="\n")) == meant


@pytest.mark.timeout(10)
def test_quotes_that_are_none_are_read_in_one_pass() -> None:
    """A name of 75 KB with them held a worker for four seconds; this one is ten times as long."""
    name = '\\" ' * 250_000
    assert shown_name(NameAddr(address=AddrSpec("a", "b.example"), name=name)) == name.strip()


@pytest.mark.parametrize(
    "written",
    [
        "小明",
        "小明 <a@b.example",
        "a@b.example 小明",
        "é@b.example",
        "小 <a@b.example> <c@d.example>",
        "小明 a@b.example",
        '小 "明 <a@b.example>',
        "小組: <a@b.example>, <c@d.example>; e@f.example",
        "小 <a@straße.example>",
    ],
)
def test_a_list_that_cannot_be_read_is_refused_by_its_header(written: str) -> None:
    with pytest.raises(RefusedMailError, match="the Cc header cannot be sent on: it holds "):
        addresses("Cc", written)


def test_a_long_line_is_folded_where_it_has_spaces() -> None:
    written = " ".join(f"<id{number}@example.com>" for number in range(200))
    assert read("References", written) == written


def test_a_long_line_without_a_space_is_refused_by_its_header() -> None:
    with pytest.raises(
        RefusedMailError, match="the X-Blob header has a line of more than 998 octets"
    ):
        read("X-Blob", "x" * 1000)


@pytest.mark.parametrize(("name", "written"), [("X-" * 600, "x"), ("X-" * 60, "x" * 900)])
def test_a_name_that_leaves_the_line_no_room_is_refused_in_a_whole_sentence(
    name: str, written: str
) -> None:
    with pytest.raises(RefusedMailError) as refused:
        conformant(draft((name, written)), "utf-8")
    assert refused.value.reply.endswith(b" has a line of more than 998 octets without a space")


def test_the_name_counts_as_part_of_the_line() -> None:
    written = "y" * 500 + " " + "z" * 490
    assert read("X-Long", written) == written


@pytest.mark.parametrize("name", ["To", "Cc", "Reply-To"])
def test_lists_that_stand_there_twice_are_one_list(name: str) -> None:
    made = conformant(draft((name, "a@b.example"), (name, "c@d.example")), "utf-8")
    assert value(made, name) == "a@b.example, c@d.example"


@pytest.mark.parametrize("name", ["Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"])
def test_one_that_stands_there_twice_is_refused_by_name(name: str) -> None:
    with pytest.raises(RefusedMailError, match=f"the {name} header stands there 2 times"):
        conformant(draft((name, "x"), (name.upper(), "y")), "utf-8")


@pytest.mark.parametrize("name", ["Subject", "Date", "Message-ID"])
def test_one_that_says_the_same_twice_is_sent_once(name: str) -> None:
    made = conformant(draft((name, "x"), (name, "x")), "utf-8")
    assert len(made.all(name.lower())) == 1


def test_a_file_name_in_bare_octets_is_found() -> None:
    made = conformant(draft(("Content-Disposition", 'attachment; filename="報價單.pdf"')), "utf-8")
    (field,) = made.all("content-disposition")
    message = message_from_bytes(b"Content-Disposition:" + field.value + b"\n\n")
    assert message.get_filename() == "報價單.pdf"


@pytest.mark.parametrize("name", ["Date", "Message-ID", "Received"])
def test_octets_where_no_words_can_be_encoded_are_refused_by_name(name: str) -> None:
    with pytest.raises(RefusedMailError, match=f"the {name} header cannot be sent on"):
        read(name, "é")


def test_what_nobody_sees_becomes_a_space() -> None:
    assert read("Subject", b"a\0b\rc\x1bd") == "a b c d"


def test_a_thousand_headers_are_enough() -> None:
    with pytest.raises(RefusedMailError, match="more than 1000 header fields"):
        conformant(draft(*[("X-A", "b")] * 1001), "utf-8")


def test_a_header_that_takes_long_to_read_is_refused() -> None:
    with pytest.raises(RefusedMailError, match="the header of the mail has more than 262144"):
        conformant(draft(*[("X-Envelope-To", "小 <a@b.example>, " * 5000)] * 3), "utf-8")


@given(st.text("商店ßéİΣς。\uff0e.aZ-٣", min_size=1, max_size=12))
def test_a_domain_is_written_as_the_codec_of_python_has_it_or_not_at_all(domain: str) -> None:
    typed = NameAddr(address=AddrSpec("a", domain))
    try:
        written = with_a_labels(typed).address.domain
    except MailboxError:
        return
    if domain.isascii():
        return
    assert written.lower() == domain.encode("idna").decode().lower()
    assert written.encode().decode("idna").casefold() == domain.casefold()


def test_a_header_that_postfix_would_cut_is_refused_by_name() -> None:
    with pytest.raises(RefusedMailError, match="the Cc header has more than 102400 octets"):
        conformant(draft(("Cc", "a@b.example, " * 10_000)), "utf-8")


@given(st.binary(max_size=300), st.sampled_from(["Subject", "To", "Content-Type", "X-A", "Date"]))
def test_anything_is_made_sendable_or_refused(octets: bytes, name: str) -> None:
    try:
        made = conformant(draft((name, octets)), "utf-8")
    except RefusedMailError:
        return
    (field,) = made.all(name.lower())
    assert field.value.isascii()
    assert b"\0" not in field.value


def test_a_thousand_headers_are_taken() -> None:
    pairs = [(f"X-{number}", "x") for number in range(1000)]
    assert len(conformant(draft(*pairs), "utf-8").came) == 1000


def test_octets_in_a_structured_field_are_named() -> None:
    with pytest.raises(RefusedMailError, match="octets that are not ASCII"):
        read("References", "<é@b.example>")


def test_utf_8_is_tried_before_the_charset_of_the_body() -> None:
    assert read("Subject", "小明", charset="latin-1") == "小明"


def test_a_name_that_looks_like_an_encoded_word_is_encoded() -> None:
    typed = NameAddr(address=AddrSpec("a", "b.example"), name="=? x")
    assert write_mailboxes([typed]).startswith("=?utf-8?b?")
