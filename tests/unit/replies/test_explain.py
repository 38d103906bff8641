"""Real replies mean what their senders document, and no hostile one is believed or slow.

Sources: G Google's list of SMTP errors (answer 3726730), M Microsoft's list of NDRs for Exchange
Online, B bounces that administrators posted in public, Y Yahoo's list of SMTP error codes, A
Apple's page for postmasters and what is collected of its replies, P Postfix's own source and
manual, X Exchange Server's list of NDRs, R an RFC.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.language import ZH_TW
from omi_core.replies import catalogue, receivers, servers
from omi_core.replies.explain import explain_reason, explain_reply
from omi_core.replies.meaning import Meaning, Turn
from omi_core.replies.read import LONGEST

OUTLOOK = "host hotmail-com.olc.protection.outlook.com[104.47.34.33] said: "
GMAIL = "host gmail-smtp-in.l.google.com[2404:6800:4008:c00::1a] said: "
YAHOO = "host mta6.am0.yahoodns.net[98.136.216.26] said: "
ICLOUD = "host mx01.mail.icloud.com[17.57.155.25] said: "
SEE_MICROSOFT = "You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx"

REPLIES = (
    # G
    ("421 4.7.0 TLS required for RCPT domain, closing connection.", "tls-required"),
    ("421 4.7.0 IP not in whitelist for RCPT domain, closing connection.", "recipient-policy"),
    ("421 4.7.0 Temporary System Problem. Try again later.", "service"),
    (
        (
            "421 4.7.0 Our system has detected an unusual rate of unsolicited mail originating from"
            " your IP address."
        ),
        "rate-limited",
    ),
    (
        (
            f"{GMAIL}421-4.7.28 Gmail has detected an unusual rate of mail originating from your IP"
            " 421-4.7.28 address. (in reply to end of DATA command)"
        ),
        "rate-limited",
    ),
    (
        (
            "450 4.2.1 The user you are trying to contact is receiving mail too"
            " quickly. Please resend"
            " your message at a later time."
        ),
        "recipient-busy",
    ),
    (
        (
            "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents"
            " additional messages from being delivered."
        ),
        "recipient-busy",
    ),
    ("452 4.2.2 The email account that you tried to reach is over quota.", "mailbox-full"),
    ("452 4.2.2 The recipient's inbox is out of storage space.", "mailbox-full"),
    ("550 5.1.1 The email account that you tried to reach does not exist.", "unknown-recipient"),
    ("550 5.2.1 The email account that you tried to reach is disabled.", "mailbox-disabled"),
    (
        (
            f"{GMAIL}550-5.7.26 This mail has been blocked because the sender is unauthenticated."
            " 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM."
            " 550 5.7.26 Authentication results: DKIM = did not pass (in reply to"
            " end of DATA command)"
        ),
        "unauthenticated",
    ),
    (
        (
            "550 5.7.26 Unauthenticated email from shop.example is not accepted"
            " due to domain's DMARC"
            " policy."
        ),
        "dmarc-refused",
    ),
    (
        (
            "550 5.7.25 The IP address sending this message does not have a PTR"
            " record setup, or the"
            " corresponding forward DNS entry does not point to the sending IP."
        ),
        "no-ptr",
    ),
    (
        "550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
        "content-refused",
    ),
    (
        (
            "550 5.7.1 Our system has detected that this message is likely"
            " suspicious due to the very"
            " low reputation of the sending domain."
        ),
        "low-reputation",
    ),
    (
        "550 5.7.1 This message violates example.com email policy. - gcdp 1 - gsmtp",
        "recipient-policy",
    ),
    (f"{GMAIL}421 4.7.23 no words that are known", "no-ptr"),
    # M
    (
        (
            "550 5.7.515 Access denied, sending domain shop.example does not meet the required"
            " authentication level."
        ),
        "unauthenticated",
    ),
    (
        "550 5.7.509 Access denied, sending domain a.example does not pass DMARC verification",
        "dmarc-refused",
    ),
    ("550 5.7.507 Access denied, rejected by recipient", "recipient-policy"),
    ("550 5.7.506 Access denied, Bad HELO", "bad-helo"),
    (
        (
            "550 5.7.513 Service unavailable, Client host [192.0.2.1] blocked by a.example using"
            " Customer Block list (AS16012607)"
        ),
        "recipient-policy",
    ),
    (
        "550 5.7.520 Access denied, Your organization does not allow external forwarding.",
        "recipient-policy",
    ),
    ("550 5.7.708 Access denied, traffic not accepted from this IP", "blocked-by-receiver"),
    (
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "unknown-recipient",
    ),
    (f"{OUTLOOK}550 5.4.1 Recipient address rejected: Access denied.", "unknown-recipient"),
    ("451 4.7.500 Access denied, please try again later", "rate-limited"),
    # B
    (
        (
            f"{OUTLOOK}550 5.7.1 Unfortunately, messages from [204.11.58.44] weren't sent. Please"
            " contact your Internet service provider since part of their network"
            " is on our block list"
            f" (S3150). {SEE_MICROSOFT} (in reply to MAIL FROM command)"
        ),
        "blocked-by-receiver",
    ),
    (
        (
            "550 5.7.606 Access denied, banned sending IP [185.234.72.45]. To"
            " request removal from this"
            " list please visit https://sender.office.com/ and follow the directions."
        ),
        "blocked-by-receiver",
    ),
    (
        (
            f"{OUTLOOK}451 4.7.650 The mail server [192.0.2.5] has been temporarily"
            " rate limited due to"
            " IP reputation. (S775) (in reply to MAIL FROM command)"
        ),
        "low-reputation",
    ),
    (
        (
            "SMTP error from remote mail server after pipelined MAIL FROM: host"
            " mta7.am0.yahoodns.net"
            " [67.195.228.106]: 421 4.7.0 [TSS04] Messages from 192.0.2.1"
            " temporarily deferred due to"
            " unexpected volume or user complaints - 4.16.55.1"
        ),
        "low-reputation",
    ),
    (
        (
            "554 Service unavailable; Client host [server1.example] blocked using"
            " Barracuda Reputation;"
            " http://bbl.barracudacentral.org/q.cgi?ip=192.0.2.1"
        ),
        "listed",
    ),
    # Y
    (
        (
            "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently"
            " deferred; Retrying will"
            " NOT succeed."
        ),
        "low-reputation",
    ),
    (f"{YAHOO}554 5.7.9 Message not accepted for policy reasons.", "dmarc-refused"),
    (
        (
            "550 5.7.9 This mail has been blocked because the sender is"
            " unauthenticated. Yahoo requires"
            " all senders to authenticate with either SPF or DKIM."
        ),
        "unauthenticated",
    ),
    ("554 delivery error: dd This user doesn't have a yahoo.com account", "unknown-recipient"),
    (
        "451 Message temporarily deferred due to unresolvable RFC.5321 from domain.",
        "sender-domain-unknown",
    ),
    # A
    (f"{ICLOUD}550 5.7.1 [CS01] Message rejected due to local policy.", "policy"),
    (f"{ICLOUD}554 5.7.1 [HM08] Message rejected due to local policy.", "policy"),
    (f"{ICLOUD}552 5.2.2 <a@icloud.com>: user is over quota", "mailbox-full"),
    ("421 4.7.1 Messages to a@icloud.com deferred due to excessive volume.", "rate-limited"),
    (
        (
            "550 5.7.1 Your email was rejected due to having a domain present in"
            " the Spamhaus DBL --"
            " see https://www.spamhaus.org/dbl/"
        ),
        "domain-listed",
    ),
    # P
    ("450 4.2.0 <b@c.example>: Recipient address rejected: Greylisted", "greylisted"),
    ("450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", "no-ptr"),
    (
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "listed",
    ),
    ("450 4.1.8 <a@b.example>: Sender address rejected: Domain not found", "sender-domain-unknown"),
    ("554 5.7.1 <b@c.example>: Relay access denied", "relay-refused"),
    ("552 5.3.4 Message size exceeds fixed limit", "message-too-large"),
    ("452 4.3.1 Insufficient system storage", "service"),
    ("connect to mx.inbox.example[2001:db8:18::5]:25: Connection timed out", "unreachable"),
    ("lost connection with mx.a.example[192.0.2.1] while sending RCPT TO", "connection-lost"),
    (
        (
            "Host or domain name not found. Name service error for name=a.example type=MX: Host not"
            " found, try again"
        ),
        "dns-not-answered",
    ),
    ("TLS is required, but was not offered by host mx.a.example[192.0.2.1]", "tls-not-possible"),
    ("mail for a.example loops back to myself", "mail-loop"),
    # X
    ("554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "mailbox-full"),
    # R: RFC 3463, 7372, 7504 and 7505, then the class alone (RFC 5321 4.2.1)
    ("550 5.7.20 words", "unauthenticated"),
    ("556 5.1.10 words", "takes-no-mail"),
    ("550 5.6.3 words", "message"),
    ("451 words", "later"),
    ("571 words", "for-good"),
    ("250 2.0.0 Ok: queued as 4jc4l56r39zcmRh", "taken"),
    ("sorry, mailbox is away (#5.1.1)", "not-known"),
    ("550 sorry (#5.1.1)", "unknown-recipient"),
)


@pytest.mark.parametrize(("said", "meaning"), REPLIES)
def test_a_reply_means_what_its_receiver_documents(said: str, meaning: str) -> None:
    assert explain_reason(said).meaning.id == meaning


@pytest.mark.parametrize(
    ("said", "receiver", "page"),
    [
        (
            f"{OUTLOOK}550 5.7.606 Access denied, banned sending IP",
            "Microsoft",
            "sender.office.com",
        ),
        (f"{GMAIL}550 5.7.26 no words", "Google", "support.google.com/mail/answer/81126"),
        (f"{YAHOO}451 words", "Yahoo", "senders.yahooinc.com"),
        (f"{ICLOUD}451 words", "Apple", "support.apple.com"),
        ("host msa.hinet.net[192.0.2.1] said: 451 words", "HiNet", ""),
    ],
)
def test_a_large_receiver_is_named_with_its_page(said: str, receiver: str, page: str) -> None:
    found = explain_reason(said)

    assert found.receiver == receiver
    assert page in found.page
    assert found.page in found.remedy.en


@pytest.mark.parametrize("known", servers.BLOCK_LISTS, ids=lambda one: one.name)
def test_a_block_list_is_named_with_its_page_for_removal(known: servers.MentionedList) -> None:
    found = explain_reply(554, f"5.7.1 Client host [192.0.2.1] blocked using {known.words[0]}.x")

    assert (found.meaning.id, found.listed, found.page) == ("listed", known.name, known.page)
    assert known.name in found.text.en
    assert known.page in found.remedy.in_(ZH_TW)


def test_a_block_list_that_is_not_known_is_named_as_the_server_names_it() -> None:
    assert (
        explain_reply(554, "Client host blocked using bl.a.example; see x").listed == "bl.a.example"
    )


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (
            "550 5.1.1 <blocked using zen.spamhaus.org [TSS04]@a.example>: User unknown",
            "unknown-recipient",
        ),
        (
            "550 5.1.1 not here: host b said: 421 4.7.0 [TSS04] Messages deferred",
            "unknown-recipient",
        ),
        ("250 2.0.0 Ok, not 550 5.1.1 user unknown", "taken"),
        ("host mx.a.example[192.0.2.1] said: 451 [TSS04] as Yahoo says", "later"),
        ("550 4.2.2 words", "policy"),
    ],
)
def test_a_reply_is_not_taken_for_the_one_that_it_quotes_or_forges(said: str, meaning: str) -> None:
    """Neither an address, nor another server's reply, nor a code of another class counts."""
    assert explain_reason(said).meaning.id == meaning


@given(st.text(max_size=400), st.sampled_from(["", OUTLOOK, GMAIL, "550 5.7.1 ", "450-4.2.1 "]))
def test_whatever_is_said_is_explained_in_printable_words(said: str, before: str) -> None:
    found = explain_reason(before + said)

    for text in (found.text, found.remedy):
        assert text.en.isprintable()
        assert text.in_(ZH_TW).isprintable()


@pytest.mark.parametrize(
    "part", ["<", "550 ", "host a[1] said: ", "blocked using ", "5.1.1 ", "\x1b[2J"]
)
def test_nothing_behind_the_bound_is_read(part: str) -> None:
    """100 KB and more; whatever stands behind the bound changes nothing."""
    hostile = part * 20_000

    assert explain_reason(hostile) == explain_reason(hostile[:LONGEST])
    assert explain_reply(550, hostile) == explain_reply(550, hostile[:LONGEST])


def _meanings() -> list[Meaning]:
    return [one for one in vars(catalogue).values() if isinstance(one, Meaning)]


def test_each_meaning_has_an_id_of_its_own_and_speaks_both_languages() -> None:
    found = _meanings()

    assert len({one.id for one in found}) == len(found)
    assert {one.turn for one in found} == set(Turn)
    for text in (each for one in found for each in (one.text, one.remedy)):
        assert text.in_(ZH_TW) != text.source


def test_each_rule_says_where_its_reply_is_documented() -> None:
    for rule in (*receivers.RULES, *servers.RULES):
        assert rule.source.startswith(("https://", "http://", "RFC "))
        assert all(word == word.casefold() for word in rule.words)
