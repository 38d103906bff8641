"""Who may say what: every row of the table, in every form that a header can have."""

import base64
from datetime import UTC, datetime
from email.header import decode_header, make_header

import pytest

from omi_core.message.fields import Field
from omi_core.milter.accounts import Accounts
from omi_core.milter.mail import Changes, Envelope, RefusedMailError, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged

ACCOUNTS = Accounts(
    senders={
        "bob": ("bob@news.example",),
        "shop": ("@shop.example", "@商店.example", "@xn--czrs0t.example"),
    }
)
POLICY = RelayPolicy(host="smtp.relay.example")
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def encoded(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def mail(
    *headers: str | tuple[str, str], login: str = "bob", sender: str | None = None
) -> SubmittedMail:
    """A mail whose headers are From values, or names with values."""
    pairs = [("From", each) if isinstance(each, str) else each for each in headers]
    own = {"bob": "bob@news.example", "shop": "a@shop.example"}.get(login, "")
    return SubmittedMail(
        envelope=Envelope(login=login, sender=own if sender is None else sender),
        fields=tuple(Field(name=name, value=f" {value}".encode()) for name, value in pairs),
        body=b"x\r\n",
    )


def answer(asked: SubmittedMail) -> Changes:
    return judged(asked, ACCOUNTS, POLICY, NOW)


def removed(asked: SubmittedMail) -> list[str]:
    return [each.name for each in answer(asked).fields if each.value is None]


OWN = (
    "bob@news.example",
    "<bob@news.example>",
    "BOB@News.Example",
    "The boss <bob@news.example>",
    '"Boss, The" <bob@news.example>',
    "bob@news.example (The boss)",
    "bob@news.example <bob@news.example>",
    "The\n boss <bob@news.example>",
    "[News] Mr. Bob <bob@news.example>",
    '"bob"@news.example',
    f"{encoded('小明')} <bob@news.example>",
    encoded("小明 <bob@news.example>"),
    "小明 <bob@news.example>",
    "王, 小明 <bob@news.example>",
)


@pytest.mark.parametrize("author", OWN)
def test_an_account_speaks_for_itself_in_every_form(author: str) -> None:
    answer(mail(author))


@pytest.mark.parametrize("author", OWN)
@pytest.mark.parametrize("sender", ["a@shop.example", ""])
def test_nobody_speaks_for_another_in_any_of_them(author: str, sender: str) -> None:
    with pytest.raises(RefusedMailError) as refused:
        answer(mail(author, login="shop", sender=sender))
    assert refused.value.reply.startswith(b"550 5.7.1 the From header holds ")


@pytest.mark.parametrize(
    "author",
    [
        "alice@shop.example, bob@news.example",
        "bob@news.example, alice@shop.example",
        "<alice@shop.example> <bob@news.example>",
        "alice@shop.example <bob@news.example>",
        '"alice@shop.example" <bob@news.example>',
        '"alice"@shop.example <bob@news.example>',
        "alice\uff20shop.example <bob@news.example>",
        "ali\u200bce@shop.example <bob@news.example>",
        f"{encoded('alice@shop.example')} <bob@news.example>",
        encoded("alice@shop.example <bob@news.example>"),
        encoded("小 <alice@shop.example>, 明 <bob@news.example>"),
        "(alice@shop.example) bob@news.example",
        "bob@news.example (<alice@shop.example>)",
        "Team: bob@news.example;",
        "bob@news.example;",
        "<@shop.example:bob@news.example>",
        "<bob@news.example@shop.example>",
        "<<alice@shop.example> bob@news.example>",
        "<bob@news.example <alice@shop.example",
        '"bob@news.example <alice@shop.example>',
        "",
        "The boss",
        "bob@news.example\r alice@shop.example",
        "bob@news.example\0",
        "bob",
        "bob@",
        "bob@[192.0.2.1]",
    ],
)
def test_another_beside_oneself_is_refused(author: str) -> None:
    with pytest.raises(RefusedMailError) as refused:
        answer(mail(author))
    assert refused.value.reply.startswith(b"550 5.7.1 the From header ")


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("bob@news.example", "bob@news.example"),
        ("bob@news.example", ("FROM", "alice@shop.example")),
    ],
)
def test_a_mail_has_exactly_one_from_header(headers: tuple[str, ...]) -> None:
    with pytest.raises(RefusedMailError, match=f"exactly one From header, and has {len(headers)}"):
        answer(mail(*headers))


def test_the_envelope_sender_belongs_to_the_account() -> None:
    with pytest.raises(RefusedMailError, match=r"the envelope sender holds alice@shop\.example"):
        answer(mail("bob@news.example", sender="alice@shop.example"))


def test_a_refusal_names_the_header_what_was_read_and_what_the_account_has() -> None:
    with pytest.raises(RefusedMailError) as refused:
        answer(mail("Boss <alice@shop.example>"))
    assert refused.value.reply == (
        b"550 5.7.1 the From header holds alice@shop.example, and account bob may use"
        b" bob@news.example: write one of these"
    )


def test_a_refusal_is_ascii_on_one_line_whatever_was_written() -> None:
    with pytest.raises(RefusedMailError) as refused:
        answer(mail("<" + "é" * 200 + "@shop.example>"))
    assert refused.value.reply.isascii()
    assert len(refused.value.reply) < 512
    assert b"\n" not in refused.value.reply


def test_any_address_of_a_whole_domain_is_own() -> None:
    answer(mail("anybody@shop.example", login="shop"))


@pytest.mark.parametrize("domain", ["商店.example", "xn--czrs0t.example", "XN--CZRS0T.example"])
def test_a_domain_is_known_in_its_own_script_and_by_its_a_labels(domain: str) -> None:
    answer(mail(f"a <a@{domain}>", login="shop", sender=f"a@{domain}"))


@pytest.mark.parametrize("name", ["Sender", "Resent-From", "Resent-Sender"])
def test_another_author_beside_from_is_taken_away(name: str) -> None:
    assert removed(mail("bob@news.example", (name, "alice@shop.example"))) == [name]
    assert removed(mail("bob@news.example", (name, "alice@shop.example <bob@news.example>"))) == [
        name
    ]
    assert removed(mail("bob@news.example", (name, "nonsense"))) == [name]


@pytest.mark.parametrize("name", ["Sender", "Resent-From", "Resent-Sender", "Reply-To"])
def test_what_is_own_or_free_stays(name: str) -> None:
    assert removed(mail("bob@news.example", (name, "Bob <bob@news.example>"))) == []


def test_replies_may_go_to_anybody() -> None:
    assert removed(mail("bob@news.example", ("Reply-To", "alice@shop.example"))) == []


def test_the_null_sender_goes_with_an_own_author() -> None:
    answer(mail("bob@news.example", sender=""))


def test_programs_of_the_host_send_as_the_host_only() -> None:
    answer(mail("root <root@smtp.relay.example>", login="", sender=""))
    with pytest.raises(RefusedMailError, match="programs of this host may send only as"):
        answer(mail("bob@news.example", login="", sender=""))


def test_an_account_that_is_gone_may_send_nothing() -> None:
    with pytest.raises(RefusedMailError, match="may use no address at all"):
        answer(mail("bob@news.example", login="eve", sender=""))


@pytest.mark.parametrize("name", ["x" * 2000, "長" * 600])
def test_a_from_that_the_signer_would_not_read_is_refused_however_it_came_to_be(name: str) -> None:
    """The second one becomes longer when it is written in encoded words."""
    with pytest.raises(RefusedMailError, match="the From header must not have more than 2000"):
        answer(mail(f"{name} <bob@news.example>"))


def test_a_from_header_that_was_read_before_is_refused_to_another_account() -> None:
    """What is remembered of it says nothing of who may write it."""
    asked = mail("bob@news.example")
    for _ in range(3):
        assert removed(asked) == []
        with pytest.raises(RefusedMailError, match="account shop may use"):
            answer(mail("bob@news.example", login="shop"))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["=?", "a", "a."])
def test_a_long_sender_is_read_in_one_pass(piece: str) -> None:
    """It took half a minute when the address in it was looked for from every character on."""
    sender = f"{piece * (100_000 // len(piece))} <bob@news.example>"
    with pytest.raises(RefusedMailError, match="the Sender header has a line of more than 998"):
        answer(mail("bob@news.example", ("Sender", sender)))


def test_a_group_is_named_as_what_stands_in_from() -> None:
    with pytest.raises(RefusedMailError, match="holds a group instead of an address"):
        answer(mail("Team: bob@news.example;"))


def test_octets_of_the_header_are_in_the_charset_of_the_body() -> None:
    fields = (
        Field(name="From", value=b" bob@news.example"),
        Field(name="Subject", value=" 中文".encode("big5")),
        Field(name="Content-Type", value=b" text/plain; charset=big5"),
    )
    asked = SubmittedMail(
        envelope=Envelope(login="bob", sender="bob@news.example"), fields=fields, body=b"x\r\n"
    )
    (changed,) = answer(asked).fields
    assert str(make_header(decode_header((changed.value or b"").decode().strip()))) == "中文"
