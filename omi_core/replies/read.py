"""A receiver's reply, taken out of the line that a mail server keeps it in. Pure, and bounded.

Postfix writes `host NAME[ADDRESS] said: 450 4.2.1 ... (in reply to RCPT TO command)`, Exim `host
NAME [ADDRESS]: 450 ...` behind `SMTP error from remote mail server after ...:`.
"""

import re
from dataclasses import dataclass

LONGEST = 2000  # characters that are read at all
_HEAD = re.compile(
    r"host ([0-9A-Za-z._-]{1,255}) ?\[[0-9A-Za-z:.]{2,50}\]"
    r"(?: said: | refused to talk to me: |: )"
)
_CODE = re.compile(r"\s{0,9}([2-5][0-9]{2})(?![0-9.])[ -]?")
_STATUS = re.compile(r"\s{0,9}#?([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
_STATUS_BEHIND = re.compile(r"\(#([245])\.([0-9]{1,3})\.([0-9]{1,3})\)")  # as qmail writes it
_IN_BRACKETS = re.compile(r"<[^<>]{0,320}>")
_QUOTES = (" said: ", " refused to talk to me: ", "(in reply to ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReply:
    """The reply's parts; `words` in lower case, without addresses and without what it quotes.

    `status` is `subject.detail` of RFC 3463, and left out where its class is not the code's.
    """

    code: int | None
    status: str
    words: str
    host: str = ""

    @property
    def enhanced(self) -> str:
        """The enhanced status code as it is written."""
        return f"{(self.code or 0) // 100}.{self.status}" if self.status else ""


def host_in(text: str) -> str:
    """Return the server that a line says a reply came from; "" where it names none."""
    head = _HEAD.search(text[:LONGEST])
    return head[1].lower() if head else ""


def read_reason(text: str) -> ReadReply:
    """Read what a queue or a log keeps, or the bare reply; never raises."""
    text = text[:LONGEST]
    head = _HEAD.search(text)
    rest = text[head.end() :] if head else text
    found = _CODE.match(rest)
    host = head[1].lower() if head else ""
    if found is None:
        return ReadReply(code=None, status="", words=_plain(rest), host=host)
    return read_reply(int(found[1]), rest[found.end() :], host=host)


def read_reply(code: int, text: str, *, host: str = "") -> ReadReply:
    """Read a reply whose code is known; lines of one reply may stand behind each other."""
    text = text[:LONGEST]
    found = _STATUS.match(text)
    rest = text[found.end() :] if found else text
    found = found or _STATUS_BEHIND.search(text)
    status = f"{found[2]}.{found[3]}" if found and int(found[1]) == code // 100 else ""
    words = _plain(rest)
    if status:  # which each line of a reply repeats (RFC 2034 4)
        enhanced = f"{code // 100}.{status}"
        for again in (f"{code}-{enhanced} ", f"{code} {enhanced} "):
            words = words.replace(again, "")
    return ReadReply(code=code, status=status, words=words, host=host.lower())


def _plain(text: str) -> str:
    """Without addresses, which a stranger chooses, and without another server's reply in it."""
    for quote in _QUOTES:
        text = text.partition(quote)[0]
    return " ".join(_IN_BRACKETS.sub(" ", text).casefold().split())
