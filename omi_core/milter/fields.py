"""A header as every receiver can take it: made right without changing what a reader sees.

RFC 5322 2.1.1 and 3.6, RFC 2047, RFC 2231. What Postfix or a receiver would change later breaks
the signature, so it is done before; what cannot be made right is refused by the field's name.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from email.charset import Charset
from email.header import Header
from email.message import Message

from omi_core.message.fields import Field
from omi_core.message.mailboxes import MailboxError
from omi_core.milter.entity import LONGEST_PARAMETERS
from omi_core.milter.mail import CONTENT, LONGEST_LINE, Draft, RefusedMailError
from omi_core.milter.typed import octets_of, read_typed, text_of, with_a_labels, write_mailboxes
from omi_core.text import Text

# Postfix cuts a field at header_size_limit (postconf(5)), and nobody would be told.
LONGEST_FIELD = 102400
MOST_FIELDS = 1000
LONGEST_HEADER = 262144  # octets of all fields; what reading them takes grows with it

ADDRESSES = {
    *("from", "sender", "reply-to", "to", "cc", "resent-from", "resent-sender", "resent-to"),
    *("resent-cc", "disposition-notification-to", "return-receipt-to", "errors-to"),
    *("mail-followup-to", "mail-reply-to", "x-envelope-to", "apparently-to"),
}
# Fields with a grammar of their own, in which words cannot be encoded.
STRUCTURED = {
    *("received", "date", "message-id", "in-reply-to", "references", "return-path", "mime-version"),
    *("content-transfer-encoding", "content-id", "dkim-signature", "arc-seal", "resent-date"),
    *("arc-message-signature", "arc-authentication-results", "authentication-results"),
    *("resent-message-id", "list-unsubscribe", "list-unsubscribe-post", "list-id", "list-help"),
    *("list-post", "list-subscribe", "list-owner", "list-archive", "auto-submitted", "priority"),
}
PARAMETERS = {"content-type", "content-disposition"}
ONCE = {  # RFC 5322 3.6, RFC 2045; To, Cc and Reply-To are joined instead
    *("date", "message-id", "in-reply-to", "references", "subject", "sender", "mime-version"),
    *("content-type", "content-transfer-encoding", "content-id"),
}
JOINED = {"to", "cc", "reply-to"}
_UNIQUE = ONCE | JOINED

TOO_MANY = Text("the mail has more than {most} header fields")
HEADER_LONG = Text("the header of the mail has more than {most} octets")
FIELD_LONG = Text("the {name} header has more than {most} octets")
TWICE = Text("the {name} header stands there {count} times, and may stand there only once")
FIELD_FAULT = Text("the {name} header cannot be sent on: it holds {fault}")
LINE_LONG = Text("the {name} header has a line of more than {most} octets without a space")
NOT_ASCII = "octets that are not ASCII"

_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t"
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\r(?!\n)|\n(?![ \t])")
_FOLDS = re.compile(rb"\r?\n(?=[ \t])")
_FOLDED = 76  # octets of a line that is folded anew; RFC 5322 2.1.1 recommends 78
_SHOWN = 100  # characters of a name in a refusal
_BROKEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]++")


def conformant(draft: Draft, charset: str) -> Draft:
    """Return the header with every field as it can be sent; raises RefusedMailError.

    `charset` is what octets are in that are not UTF-8: that of the body.
    """
    if len(draft.came) > MOST_FIELDS:
        raise RefusedMailError(CONTENT, TOO_MANY, most=MOST_FIELDS)
    if sum([len(each.name) + len(each.value) for each in draft]) > LONGEST_HEADER:
        raise RefusedMailError(CONTENT, HEADER_LONG, most=LONGEST_HEADER)
    once = _once(draft)
    if all(map(_is_plain, once)):  # the rule
        return once
    return once.mapped(lambda field: sendable(field, charset))


def _is_plain(field: Field) -> bool:
    """Whether a field is one line of ASCII without an encoded word, with which nothing is wrong."""
    return (
        len(field.value) + len(field.name) < LONGEST_LINE
        and not field.value.translate(None, _PRINTABLE)
        and b"=?" not in field.value
    )


def _once(draft: Draft) -> Draft:
    """Return the header with one field where there may be one (RFC 5322 3.6)."""
    counted = Counter([each.name.lower() for each in draft])
    for name in [each for each, count in counted.items() if count > 1 and each in _UNIQUE]:
        same = draft.all(name)
        if name in JOINED:
            draft = _first_only(draft, same, b",\n".join(each.value.rstrip() for each in same))
        elif len({each.value.strip() for each in same}) == 1:
            draft = _first_only(draft, same, same[0].value)
        else:
            raise RefusedMailError(CONTENT, TWICE, name=same[0].name, count=len(same))
    return draft


def _first_only(draft: Draft, same: tuple[Field, ...], value: bytes) -> Draft:
    first, name = same[0], same[0].name.lower()

    def kept(field: Field) -> Field | None:
        if field is first:
            return replace(field, value=value)
        return None if field.name.lower() == name else field

    return draft.mapped(kept)


def sendable(field: Field, charset: str) -> Field:
    """Return a field as every receiver can take it: itself, as a rule; raises RefusedMailError."""
    if len(field.value) > LONGEST_FIELD:
        raise RefusedMailError(CONTENT, FIELD_LONG, name=field.name[:_SHOWN], most=LONGEST_FIELD)
    name = field.name.lower()
    made = field
    try:
        if name in ADDRESSES:
            made = _addresses(field, charset)
        elif _NOT_ASCII.search(field.value) or _CONTROL.search(field.value):
            made = replace(field, value=_writer(name)(field, charset))
    except MailboxError as fault:
        raise RefusedMailError(
            CONTENT, FIELD_FAULT, name=field.name[:_SHOWN], fault=str(fault)
        ) from None
    return _folded(made) if _has_long_line(made) else made


def _has_long_line(field: Field) -> bool:
    if len(field.value) + len(field.name) < LONGEST_LINE:  # the rule
        return False
    first, *others = field.value.split(b"\n")
    return max(len(field.name) + 1 + len(first), *map(len, others), 0) > LONGEST_LINE


def _addresses(field: Field, charset: str) -> Field:
    """Write a list of addresses anew where a person typed it so that receivers cannot read it."""
    text, is_typed = text_of(field.value.strip(b" \t\r\n"), charset)
    if _CONTROL.search(field.value):
        raise MailboxError("a control character")
    if not is_typed:
        return field
    read = read_typed(text)
    if read.has_groups:
        raise MailboxError("a group with a name that is not ASCII")
    mailboxes = map(with_a_labels, read.all)
    return replace(field, value=b" " + write_mailboxes(mailboxes).encode())


def _writer(name: str) -> Callable[[Field, str], bytes]:
    if name in PARAMETERS:
        return _parameters
    return _structured if name in STRUCTURED else _words


def _structured(field: Field, _: str) -> bytes:
    raise MailboxError(NOT_ASCII if _NOT_ASCII.search(field.value) else "a control character")


def _words(field: Field, charset: str) -> bytes:
    """Write free text in encoded words (RFC 2047); characters that nobody sees become a space."""
    text = _BROKEN.sub(" ", octets_of(_FOLDS.sub(b"", field.value), charset)).strip()
    if text.isascii():
        return b" " + text.encode()
    encoded = Header(text, Charset("utf-8"), maxlinelen=_FOLDED, header_name=field.name)
    return b" " + encoded.encode(linesep="\n").encode()


def _parameters(field: Field, charset: str) -> bytes:
    """Write a type or a disposition with its parameters, names of files by RFC 2231."""
    text = _BROKEN.sub(" ", octets_of(_FOLDS.sub(b"", field.value), charset)).strip()
    if len(text) > LONGEST_PARAMETERS:
        raise MailboxError(NOT_ASCII)
    message = Message()
    message[field.name] = text
    if not text.isascii():
        for key, value in _parameters_of(message, field.name):
            if not value.isascii():
                message.set_param(key, value, header=field.name, charset="utf-8")
    written = str(message[field.name])
    if not written.isascii():
        raise MailboxError(NOT_ASCII)
    return b" " + written.encode()


def _parameters_of(message: Message, name: str) -> list[tuple[str, str]]:
    found: list[tuple[str, object]] = list(message.get_params([], header=name)[1:])
    return [(key, value) for key, value in found if isinstance(value, str)]


def _folded(field: Field) -> Field:
    """Fold a line that is too long at the spaces in it (RFC 5322 2.2.3), which changes nothing."""
    lines: list[bytes] = []
    for line in field.value.split(b"\n"):
        lines += _lines_of(line.rstrip(b"\r")) if len(line) > _FOLDED else [line]
    begin = len(field.name) + len(":")
    if begin + len(lines[0]) > LONGEST_LINE or max(map(len, lines)) > LONGEST_LINE:
        raise RefusedMailError(CONTENT, LINE_LONG, name=field.name[:_SHOWN], most=LONGEST_LINE)
    return replace(field, value=b"\n".join(lines))


def _lines_of(line: bytes) -> list[bytes]:
    """Break before a space; what has only spaces is no line of its own (RFC 5322 3.2.2)."""
    lines, current = [], b""
    for piece in re.findall(rb"[ \t]*+[^ \t]++|[ \t]++\Z", line):
        if current.strip() and len(current) + len(piece) > _FOLDED and piece.strip():
            lines.append(current)
            current = b""
        current += piece
    return [*lines, current]
