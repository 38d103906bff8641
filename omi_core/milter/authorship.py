"""Who may say what: the one table of it, and what each row does. Decision 47.

| what the mail says       | must be                                             | else    |
|--------------------------|-----------------------------------------------------|---------|
| envelope sender          | of the account, or <> with an own From              | refused |
| From                     | one field, one mailbox, of the account              | refused |
| an address in From's name| of the account: receivers show the name             | refused |
| Sender                   | one mailbox, of the account                         | removed |
| Resent-From, -Sender     | mailboxes of the account                            | removed |
| Reply-To                 | free                                                |         |
| no login                 | From of this host's name: its bounces and notices   | refused |
"""

from dataclasses import dataclass
from functools import lru_cache

from omi_core.message.fields import Field
from omi_core.message.mailboxes import (
    AddrSpec,
    MailboxError,
    MailboxList,
    NameAddr,
    mentioned,
    read_mailboxes,
)
from omi_core.milter.accounts import Accounts
from omi_core.milter.mail import POLICY, Draft, Envelope, RefusedMailError
from omi_core.milter.typed import decoded_text, read_typed, text_of
from omi_core.text import Text

LONGEST_FROM = 2000  # octets; one name and one address, which the signer reads too
_REMEMBERED = 100  # From headers that were read, in each worker
_SHOWN = 100  # characters of what a customer wrote

FROM_COUNT = Text("the mail must have exactly one From header, and has {count}")
FROM_LONG = Text("the From header must not have more than {most} octets, and has {count}")
FROM_FAULT = Text("the From header must hold exactly one address, and holds {fault}")
NOT_OWNED = Text(
    "the {name} holds {address}, and account {login} may use {senders}: write one of these"
)
NOT_LOCAL = Text("programs of this host may send only as {host}, and the {name} holds {address}")
_ENVELOPE = "envelope sender"
_FROM = "From header"
_OTHER_AUTHORS = ("sender", "resent-from", "resent-sender")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The one author, and whatever else reads as an address in From."""

    address: AddrSpec
    mentioned: tuple[AddrSpec, ...]


def author(draft: Draft, charset: str) -> Author:
    """Return whom From names; raises RefusedMailError."""
    found = draft.all("from")
    if len(found) != 1:
        raise RefusedMailError(POLICY, FROM_COUNT, count=len(found))
    raise_if_long(draft)
    try:
        return _author(found[0].value.strip(b" \t\r\n"), charset)
    except MailboxError as fault:
        raise RefusedMailError(POLICY, FROM_FAULT, fault=str(fault)) from None


def raise_if_long(draft: Draft) -> None:
    """Raise RefusedMailError where From is longer than the signer reads it."""
    for each in draft.all("from"):
        count = len(each.value.strip(b" \t\r\n"))
        if count > LONGEST_FROM:
            raise RefusedMailError(POLICY, FROM_LONG, most=LONGEST_FROM, count=count)


@lru_cache(_REMEMBERED)
def _author(value: bytes, charset: str) -> Author:
    """Read From; a program sends thousands of mails with the same one."""
    text, is_typed = text_of(value, charset)
    one = _one(read_typed(text) if is_typed else read_mailboxes(text))
    return Author(address=one.address, mentioned=mentioned(decoded_text(text)))


def _one(read: MailboxList) -> NameAddr:
    if read.has_groups:
        raise MailboxError("a group instead of an address")
    if len(read.all) != 1:
        raise MailboxError(f"{len(read.all)} addresses")
    return read.all[0]


def raise_unless_own(
    envelope: Envelope, draft: Draft, accounts: Accounts, host: str, charset: str
) -> None:
    """Raise RefusedMailError unless whoever sends may say who he says he is."""
    one = author(draft, charset)
    if not envelope.login:
        _raise_unless_local(one.address, host)
        return
    if envelope.sender:
        local_part, _, domain = envelope.sender.rpartition("@")
        _raise_unless_owned(envelope, _ENVELOPE, AddrSpec(local_part.strip('"'), domain), accounts)
    for each in (one.address, *one.mentioned):
        _raise_unless_owned(envelope, _FROM, each, accounts)


def _raise_unless_local(address: AddrSpec, host: str) -> None:
    if address.domain.lower() != host:
        shown = str(address)[:_SHOWN]
        raise RefusedMailError(POLICY, NOT_LOCAL, host=host, name=_FROM, address=shown)


def _raise_unless_owned(
    envelope: Envelope, name: str, address: AddrSpec, accounts: Accounts
) -> None:
    if not accounts.may_use(envelope.login, address):
        raise RefusedMailError(
            POLICY,
            NOT_OWNED,
            name=name,
            address=str(address)[:_SHOWN],
            login=envelope.login[:_SHOWN],
            senders=accounts.shown(envelope.login),
        )


def without_other_authors(draft: Draft, envelope: Envelope, accounts: Accounts) -> Draft:
    """Return the header without a Sender or Resent-From that is another's.

    Nobody needs them to read the mail, and clients add them without being asked.
    """
    if not draft.all(*_OTHER_AUTHORS):
        return draft
    return draft.mapped(
        lambda field: (
            field
            if field.name.lower() not in _OTHER_AUTHORS or _is_own(field, envelope.login, accounts)
            else None
        )
    )


def _is_own(field: Field, login: str, accounts: Accounts) -> bool:
    try:
        text = field.value.decode("ascii")
        read = read_mailboxes(text)
        shown = mentioned(decoded_text(text))
    except (MailboxError, UnicodeDecodeError):
        return False
    owners = (*(each.address for each in read.all), *shown)
    return bool(read.all) and all(accounts.may_use(login, each) for each in owners)
