"""Lists of mailboxes as header fields hold them, read strictly (RFC 5322 3.4).

The text is a stranger's. It is read once from left to right, so the time grows with its length
alone; what some receiver could read as another address than we do is not read at all.
"""

import re
from dataclasses import dataclass
from typing import NoReturn
from unicodedata import category, normalize

LONGEST_ADDRESS = 254  # octets; RFC 5321 4.5.3.1.3, without the angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
MOST_COMMENTS = 20  # one within another

_SPACE = re.compile(r"[ \t]++")
# What a word consists of. Dots stand unquoted in many names (obs-phrase, RFC 5322 4.1).
# So do square brackets; no receiver takes them for anything else there.
_WORD = re.compile(r'[^ \t()<>@,;:\\"]++')
_DOMAIN = re.compile(r'[^ \t()<>@,;:\\"\[\]]++')
_LITERAL = re.compile(r"\[[^\[\]\\ \t<>@,;]*+\]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_PAIR = re.compile(r"\\(.)")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ufffd]")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a0-\U0010ffff-]++")
# What a reader takes for an address in the name before one. It is looked for where a run of such
# characters begins and nowhere within it, which would take the square of its length.
_MENTION = re.compile(r"(?<![^\s()<>@,;:\\\"\[\]])[^\s()<>@,;:\\\"\[\]]++@[^\s()<>@,;:\\\"\[\]]++")


class MailboxError(ValueError):
    """Why a text is no list of mailboxes, in words that follow "it holds"."""


@dataclass(frozen=True, slots=True)
class AddrSpec:
    """local-part and domain, without quotes around the first, else as written."""

    local_part: str
    domain: str

    def __str__(self) -> str:
        dotted = _ATOM.fullmatch(self.local_part) and ".." not in f".{self.local_part}."
        return f"{self.local_part if dotted else _quoted(self.local_part)}@{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAddr:
    """An address, the name before it as written ("" where there is none), and its comments."""

    address: AddrSpec
    name: str = ""
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxList:
    """The mailboxes of a field; `has_groups` says that some stand in a group (RFC 5322 3.4)."""

    all: tuple[NameAddr, ...]
    has_groups: bool = False


def read_mailboxes(text: str) -> MailboxList:
    """Read a field's value, folded or not; raises MailboxError, empty lists included."""
    return _MailboxReader(in_one_line(text)).whole()


def in_one_line(text: str) -> str:
    """Return a field's value unfolded (RFC 5322 2.2.3); MailboxError for a control character."""
    unfolded = _FOLD.sub("", text).strip(" \t\r\n")
    if _CONTROL.search(unfolded.replace("\t", " ")):
        raise MailboxError("a control character")
    return unfolded


def mentioned(text: str) -> tuple[AddrSpec, ...]:
    """Return what reads as an address in a text whose encoded words are decoded.

    Quotes, characters that nobody sees and full-width forms make no difference to a reader.
    """
    seen = text.replace('"', "")
    if not seen.isascii():
        seen = "".join(each for each in normalize("NFKC", seen) if category(each) != "Cf")
    found = (AddrSpec(*each[0].rpartition("@")[::2]) for each in _MENTION.finditer(seen))
    return tuple(each for each in found if "." in each.domain)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What stands before an angle bracket or a colon, and the last address in it."""

    words: list[str]
    address: AddrSpec | None


class _MailboxReader:
    """One pass over a text; `at` only grows."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.comments: list[str] = []

    def whole(self) -> MailboxList:
        found: list[NameAddr] = []
        has_groups = False
        while True:
            self._skip()
            if self._peek() == ",":  # an empty element (obs-mbox-list, RFC 5322 4.4)
                self.at += 1
                continue
            if not self._peek():
                break
            is_group, members = self._element()
            has_groups |= is_group
            found += members
            self._separator()
        if not found and not has_groups:
            raise MailboxError("no address")
        return MailboxList(all=tuple(found), has_groups=has_groups)

    def _separator(self) -> None:
        self._skip()
        if self._peek() == ",":
            self.at += 1
        elif self._peek():
            self._fail("text after the address")

    def _element(self) -> tuple[bool, list[NameAddr]]:
        """Return one mailbox, or the members of one group."""
        before = self._phrase()
        if self._peek() == ":" and before.words:
            return True, self._members()
        return False, [self._mailbox(before)]

    def _members(self) -> list[NameAddr]:
        self.at += 1
        members: list[NameAddr] = []
        while True:
            self._skip()
            if self._peek() == ";":
                self.at += 1
                return members
            if self._peek() == ",":
                self.at += 1
            elif not self._peek():
                raise MailboxError("a group without its ';'")
            else:
                members.append(self._mailbox(self._phrase()))

    def _mailbox(self, before: "_Phrase") -> NameAddr:
        if self._peek() == "<":
            address, name = self._angle_address(), " ".join(before.words)
        elif before.address is not None and len(before.words) == 1:
            address, name = before.address, ""
        else:
            self._fail("no address")
        self._skip()
        comments, self.comments = tuple(self.comments), []
        return NameAddr(address=address, name=name, comments=comments)

    def _angle_address(self) -> AddrSpec:
        self.at += 1
        self._spaces()
        if self._peek() == "@":
            raise MailboxError("a source route before the address")
        word = self._word()
        if word is None or self._peek() != "@":
            self._fail("no address")
        address = self._behind(word)
        self._spaces()
        if self._peek() != ">":
            raise MailboxError("an address without its '>'")
        self.at += 1
        return address

    def _behind(self, local_part: str) -> AddrSpec:
        """Return the address whose "@" is the next character."""
        self.at += 1
        found = _LITERAL.match(self.text, self.at) or _DOMAIN.match(self.text, self.at)
        if not found or not (local_part.startswith('"') or _ATOM.fullmatch(local_part)):
            raise MailboxError("no address")
        self.at = found.end()
        if len(f"{local_part}@{found[0]}".encode()) > LONGEST_ADDRESS:
            raise MailboxError(f"an address of more than {LONGEST_ADDRESS} octets")
        return AddrSpec(_unquoted(local_part), found[0])

    def _phrase(self) -> "_Phrase":
        """Return the words before a '<'; an address among them is one, or is the mailbox itself."""
        words: list[str] = []
        address: AddrSpec | None = None
        while True:
            self._skip()
            word = self._word()
            if word is None:
                return _Phrase(words, address)
            if self._peek() == "@":
                address = self._behind(word)
                word = f"{word}@{address.domain}"
            words.append(word)

    def _word(self) -> str | None:
        if self._peek() == '"':
            found = _QUOTED.match(self.text, self.at)
            if not found:
                raise MailboxError("a quoted text without an end")
        else:
            found = _WORD.match(self.text, self.at)
        if not found:
            return None
        self.at = found.end()
        return found[0]

    def _skip(self) -> None:
        """Pass over comments and white space (RFC 5322 3.2.2)."""
        self._spaces()
        while self._peek() == "(":
            self._comment()
            self._spaces()

    def _spaces(self) -> None:
        if found := _SPACE.match(self.text, self.at):
            self.at = found.end()

    def _comment(self) -> None:
        begin, depth = self.at + 1, 0
        while self.at < len(self.text):
            character = self._peek()
            depth += {"(": 1, ")": -1}.get(character, 0)
            self.at += 2 if character == "\\" else 1
            if depth > MOST_COMMENTS:
                raise MailboxError("comments within comments")
            if not depth:
                self.comments.append(self.text[begin : self.at - 1])
                return
        raise MailboxError("a comment without its ')'")

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _fail(self, otherwise: str) -> NoReturn:
        raise MailboxError(_FAULTS.get(self._peek(), otherwise))


_FAULTS = {
    ";": "a ';' that ends no group",
    ":": "a ':' that begins no group",
    "<": "two addresses without a ',' between them",
    ">": "a '>' without its '<'",
    ")": "a ')' without its '('",
    "@": "an '@' without an address",
    "\\": "a '\\' outside of quotes",
    "[": "a '[' outside of quotes",
    "]": "a ']' outside of quotes",
}


def _unquoted(word: str) -> str:
    return _PAIR.sub(r"\1", word[1:-1]) if word.startswith('"') else word


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
