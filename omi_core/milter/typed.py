"""Fields with addresses that a person typed, and a program put on the way as they were.

Python, told `msg["From"] = "Name <a@shop.example>"` with a name that is not ASCII, encodes the
address with the name, where RFC 2047 5 (3) forbids it and no receiver finds it; the customers'
guide shows that program. Old devices write names as bare octets. Both are read here as they were
meant, and written as receivers understand them.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from email.charset import BASE64, Charset
from email.header import Header
from email.utils import quote
from encodings.idna import nameprep
from functools import lru_cache

from omi_core.message.mailboxes import (
    LONGEST_ADDRESS,
    AddrSpec,
    MailboxError,
    MailboxList,
    NameAddr,
    in_one_line,
    read_mailboxes,
)
from omi_core.message.text_value import decode_words

_WORDS = re.compile(r"(?:[ \t\r\n]*+=\?[^?\s]++\?[BbQq]\?[^?\s]*+\?=)++[ \t\r\n]*+")
_ADDRESS = re.compile(r"[^\s<>@,;:\"\\()\[\]]++@[^\s<>@,;:\"\\()\[\]]++")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]++")
# A pair outside of quotes is passed over: as a beginning, each would take a look at all of it.
_QUOTED = re.compile(r'\\.|"((?:[^"\\]|\\.)*+)"')
_PAIR = re.compile(r"\\(.)")
_SEPARATOR = re.compile(r"[,;]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]++")
_LONGEST_QUOTED = 200  # octets; a longer name is folded, as encoded words
_LONGEST_LABEL = 63  # octets; RFC 1035 2.3.4
_OTHER_DOT = "\u3002"  # divides labels where names are typed (RFC 3490 3.1)
_REMEMBERED = 1000
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = BASE64


def text_of(value: bytes, charset: str) -> tuple[str, bool]:
    """Return a field's text, and whether a person typed it so that receivers cannot read it.

    `charset` is what bare octets are in if they are not UTF-8. Raises MailboxError for octets that
    are neither.
    """
    if not value.isascii():
        return octets_of(value, charset), True
    written = value.decode()
    if "@" in written or not _WORDS.fullmatch(written):
        return written, False
    decoded = decoded_text(written)
    return (decoded, True) if "@" in decoded else (written, False)


def octets_of(value: bytes, charset: str) -> str:
    """Return bare octets as text; raises MailboxError where they are in no known encoding."""
    for each in ("utf-8", charset):
        try:
            text = value.decode(each)
        except (LookupError, ValueError):
            continue
        if "\ufffd" not in text:
            return text
    raise MailboxError("octets that are not UTF-8")


def decoded_text(written: str) -> str:
    """Return the text with its encoded words read; raises MailboxError where they cannot be."""
    try:
        return decode_words(written.replace("\r\n", "").replace("\n", ""))
    except (LookupError, ValueError):
        raise MailboxError("an encoded word that cannot be read") from None


def read_typed(text: str) -> MailboxList:
    """Read what a person typed: names without quotes, commas in them; raises MailboxError.

    It was never meant to follow the grammar, so there are no comments and no groups in it.
    """
    line = in_one_line(text)
    try:
        read = read_mailboxes(line)
    except MailboxError as strict:
        return _typed(line, strict)
    if any(each.comments for each in read.all):  # brackets in the middle of a name stay there
        with suppress(MailboxError):
            return _typed(line, MailboxError("a comment"))
    return read


def _typed(line: str, strict: MailboxError) -> MailboxList:
    return MailboxList(all=_Typed(strict).read(" ".join(line.split())))


class _Typed:
    """Reads mailboxes between commas; what is none is told as the grammar has it."""

    def __init__(self, strict: MailboxError) -> None:
        self.strict = strict
        self.found: list[NameAddr] = []
        self.pieces: list[str] = []  # between commas, since the last angle bracket

    def read(self, text: str) -> tuple[NameAddr, ...]:
        """Return the mailboxes of one line."""
        if text.count('"') % 2 or (":" in text and ";" in text):  # perhaps a group
            raise self.strict
        *named, rest = text.split(">")
        for each in named:
            before, bracket, address = each.rpartition("<")
            if not bracket:
                raise self.strict
            self._pieces_of(before)
            name = self._alone()
            self.found.append(NameAddr(address=self._address(address.strip()), name=name))
        self._pieces_of(rest)
        if self._alone() or not self.found:
            raise self.strict
        return tuple(self.found)

    def _pieces_of(self, text: str) -> None:
        pieces = [each.strip() for each in _SEPARATOR.split(text)]
        if self.found and (pieces[0] or (len(pieces) == 1 and text)):
            raise self.strict  # nothing but a comma stands behind an address
        self.pieces = [each for each in pieces if each]

    def _alone(self) -> str:
        """Take the addresses without a name; return the name that the other pieces are."""
        while self.pieces and _ADDRESS.fullmatch(self.pieces[0]):
            self.found.append(NameAddr(address=self._address(self.pieces.pop(0))))
        if any(map(_ADDRESS.fullmatch, self.pieces)):
            raise self.strict
        name = ", ".join(self.pieces)
        return name.strip('"') if name.count('"') == len(name) - len(name.strip('"')) else name

    def _address(self, text: str) -> AddrSpec:
        if not _ADDRESS.fullmatch(text):
            raise self.strict
        local_part, _, domain = text.rpartition("@")
        if len(text.encode()) > LONGEST_ADDRESS or "@" in local_part:
            raise self.strict
        return AddrSpec(local_part, domain)


def with_a_labels(mailbox: NameAddr) -> NameAddr:
    """Return the mailbox with its domain in A-labels, which need no SMTPUTF8 (RFC 5890 2.3.2.1).

    Only where both spellings are surely the same name; raises MailboxError for all else.
    """
    local_part, domain = mailbox.address.local_part, mailbox.address.domain
    if local_part.isascii() and domain.isascii():
        return mailbox
    try:
        written = ".".join(map(_a_label, domain.split(".")))
    except UnicodeError:
        written = ""
    if not (written and local_part.isascii()):
        raise MailboxError("an address that is not ASCII")
    return replace(mailbox, address=AddrSpec(local_part, written))


@lru_cache(_REMEMBERED)
def _a_label(label: str) -> str:
    """Return a label as an A-label; raises UnicodeError where it is not surely the same name.

    It is prepared once (RFC 3491). The codec "idna" does so three times for an answer, which was
    half a second for thousands of addresses.
    """
    prepared = label if label.isascii() else nameprep(label)
    written = label if label.isascii() else f"xn--{prepared.encode('punycode').decode()}"
    is_same = prepared.lower() == label.lower() and _OTHER_DOT not in label
    if not (is_same and 0 < len(written) <= _LONGEST_LABEL):
        raise UnicodeError("not surely the same name")
    return written


def write_mailboxes(mailboxes: Iterable[NameAddr]) -> str:
    """Return mailboxes as a field holds them, each on a line; names by RFC 2047 where they must."""
    return ",\n ".join(map(_written, mailboxes))


def _written(mailbox: NameAddr) -> str:
    name = shown_name(mailbox)
    return f"{_phrase(name)}\n <{mailbox.address}>" if name else str(mailbox.address)


def shown_name(mailbox: NameAddr) -> str:
    """Return the name as people read it: without quotes, its encoded words decoded.

    A comment is part of it, as most mail programs show it.
    """
    unquoted = _QUOTED.sub(_without_quotes, mailbox.name)
    shown = decoded_text(unquoted).strip()
    comments = [decoded_text(each).strip() for each in mailbox.comments]
    whole = " ".join([shown, *(f"({each})" for each in comments)]) if shown else " ".join(comments)
    return _UNSEEN.sub(" ", whole).strip()  # an encoded word may hold what ends a line


def _without_quotes(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else _PAIR.sub(r"\1", found[1])


def _phrase(name: str) -> str:
    if not name.isascii() or "=?" in name or len(name) > _LONGEST_QUOTED:
        return Header(name, _UTF8, maxlinelen=75).encode(linesep="\n")
    return name if _ATOMS.fullmatch(name) else f'"{quote(name)}"'
