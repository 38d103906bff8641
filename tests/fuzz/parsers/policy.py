"""What a customer, or whoever reaches the socket, sends to the policy daemon of a relay."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from omi_core.errors import InputError
from omi_core.limits.limit import read_account_limits, written_account_limits
from omi_core.message.fields import Field, parse
from omi_core.message.mailboxes import AddrSpec, MailboxError, MailboxList, read_mailboxes
from omi_core.message.policy_form import read_policy, written_policy
from omi_core.milter.__main__ import read_settings
from omi_core.milter.accounts import Accounts, read_accounts
from omi_core.milter.daemon import packet
from omi_core.milter.daemon.dialogue import Dialogue, answer
from omi_core.milter.daemon.packet import PacketError, Packets
from omi_core.milter.daemon.worker import Settings
from omi_core.milter.hops.form import read_hops, written_hops
from omi_core.milter.hops.hop import MX_HOSTS
from omi_core.milter.mail import Changes, Envelope, RefusedMailError, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged
from omi_core.milter.suspension import raise_if_suspended
from omi_core.milter.typed import read_typed, text_of, with_a_labels, write_mailboxes

RAISES_OF_PACKETS = (PacketError,)
RAISES_OF_MAILS = (RefusedMailError, InputError)
RAISES_OF_LISTS = (MailboxError,)
RAISES_OF_FILES = (ValueError,)
_OWN = "bob@news.example"
_ACCOUNTS = Accounts(senders={"bob": (_OWN,)})
_POLICY = RelayPolicy(host="smtp.relay.example", hide_clients=True)
_NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
_ENVELOPE = Envelope(login="bob", sender=_OWN, recipients=("x@inbox.example",))
_LONGEST_LINE = 998
_LONGEST_REPLY = 510  # RFC 5321 4.5.3.1.5, without its end
_EXAMPLE = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)


def read_packets(octets: bytes) -> list[bytes]:
    """Talk as Postfix does, in pieces; each whole mail is judged."""
    packets, dialogue, said = Packets(), Dialogue(1 << 16), []
    for start in range(0, len(octets), 7):
        for one in packets.feed(octets[start : start + 7]):
            told = dialogue.told(one)
            if isinstance(told, SubmittedMail):
                said.append(_verdict(told))
            elif isinstance(told, Envelope):
                said.append(packet.CONTINUE)
            elif told:
                said.append(told)
    return said


def _verdict(mail: SubmittedMail) -> bytes:
    try:
        return b"".join(answer(judged(mail, _ACCOUNTS, _POLICY, _NOW)))
    except RefusedMailError as refused:
        return packet.refusal(refused.reply)


def judge_packets(_: bytes, said: Any) -> None:
    """What is answered is packets again, and the last word of each mail is one."""
    for octets in said or ():
        at = 0
        while at < len(octets):
            length = int.from_bytes(octets[at : at + 4])
            assert 1 <= length <= packet.LONGEST
            at += 4 + length
        assert at == len(octets)


def read_mail(octets: bytes) -> tuple[SubmittedMail, Changes]:
    """Judge a message as the daemon gets it from Postfix: fields with LF, a body with CRLF."""
    header = parse(octets)
    fields = tuple(
        Field(name=each.name, value=each.value.rstrip(b"\r\n").replace(b"\r\n", b"\n"))
        for each in header.fields
    )
    rest = octets[header.end :]
    rest = rest.removeprefix(b"\r\n" if rest.startswith(b"\r\n") else b"\n")
    body = rest.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    mail = SubmittedMail(envelope=_ENVELOPE, fields=fields, body=body)
    return mail, judged(mail, _ACCOUNTS, _POLICY, _NOW)


def judge_mail(_: bytes, found: Any) -> None:
    """Whatever goes on can be sent everywhere, is the account's, and reads as before."""
    if found is None:
        return
    mail, changes = found
    octets = made(mail, changes)
    head, _, body = octets.partition(b"\r\n\r\n")
    assert octets.isascii()
    assert b"\0" not in octets
    assert max(map(len, octets.split(b"\r\n"))) <= _LONGEST_LINE
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    _, again = read_mail(octets)
    assert again == Changes(), "what was made right once is right"
    after = message_from_bytes(head + b"\r\n\r\n" + body)
    authors = {each[0].lower() for each in _EXAMPLE.finditer(str(after["From"]))}
    assert authors <= {_OWN}
    before = message_from_bytes(mail.body and _plain(mail))
    if not before.is_multipart() and not after.is_multipart() and changes.body is not None:
        assert payload(before).rstrip() == payload(after).rstrip()


def payload(message: Message) -> bytes:
    """Return the octets of a single part."""
    found = message.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _plain(mail: SubmittedMail) -> bytes:
    """Return what says how the body is written; a bare CR would end the header for Python alone."""
    kept = [each for each in mail.fields if each.name.lower().startswith("content-")]
    head = b"".join(
        each.name.encode() + b": " + b" ".join(each.value.split()) + b"\r\n" for each in kept
    )
    return head + b"\r\n" + mail.body


def made(mail: SubmittedMail, changes: Changes) -> bytes:
    """Return the message as Postfix makes it of the answer: numbers count fields of a name."""
    fields: list[Field | None] = list(mail.fields)
    for change in changes.fields:
        same = [
            place
            for place, each in enumerate(fields)
            if each and each.name.lower() == change.name.lower()
        ]
        place = same[change.number - 1]
        value = change.value
        fields[place] = None if value is None else Field(name=change.name, value=value)
    lines = [
        each.name.encode() + b":" + each.value.replace(b"\n", b"\r\n") + b"\r\n"
        for each in (*fields, *changes.added)
        if each
    ]
    return b"".join(lines) + b"\r\n" + (mail.body if changes.body is None else changes.body)


def read_list(octets: bytes) -> tuple[MailboxList, bool]:
    text, is_typed = text_of(octets.strip(b" \t\r\n"), "big5")
    return (read_typed(text) if is_typed else read_mailboxes(text)), is_typed


def judge_list(_: bytes, found: Any) -> None:
    """What was typed can be written, and is the same when it is read again."""
    if found is None:
        return
    read, is_typed = found
    if not is_typed or read.has_groups:
        return
    try:
        mailboxes = [with_a_labels(each) for each in read.all]
        written = write_mailboxes(mailboxes)
    except MailboxError:
        return
    assert written.isascii()
    again = read_mailboxes(written)
    assert [each.address for each in again.all] == [each.address for each in mailboxes]


def read_file(octets: bytes) -> Accounts | Settings:
    """Read what the daemon reads when it begins; each file says by its keys which one it is."""
    return read_settings(octets) if b'"socket"' in octets else read_accounts(octets)


def judge_file(_: bytes, found: Any) -> None:
    """What was read can be asked and shown, and is read again as it is written."""
    if isinstance(found, Accounts):
        _judge_accounts(found)
    elif found is not None:
        hops = found.policy.hops
        assert hops.own in (MX_HOSTS, *hops.known.values())
        assert all(hops.called(name) is hop for name, hop in hops.known.items())
        assert read_hops(written_hops(hops)) == hops
        assert _NOW + found.policy.control.longest_hold > _NOW


def _judge_accounts(found: Accounts) -> None:
    for login in found.senders:
        assert found.shown(login).isascii()
        assert not found.may_use(login, AddrSpec("nobody", "else.example"))
    for policy in found.control.values():
        assert read_policy(written_policy(policy)) == policy
        assert all(0 <= mask < 1 << 32 for mask in policy.may_set.values())
    for limits in found.limits.values():
        assert read_account_limits(written_account_limits(limits), limits.customer) == limits
        said = [*limits.own.said().values(), *limits.shared.said().values()]
        assert all(1 <= each <= 1_000_000_000 for each in said)
    for login, reason in found.suspended.items():
        with pytest.raises(RefusedMailError) as refused:
            raise_if_suspended(Envelope(login=login.lower() or "x"), _one_suspended(login, reason))
        assert refused.value.reply.isascii()
        assert len(refused.value.reply) <= _LONGEST_REPLY
        assert b"\n" not in refused.value.reply


def _one_suspended(login: str, reason: str) -> Accounts:
    return Accounts(suspended={login.lower() or "x": reason})
