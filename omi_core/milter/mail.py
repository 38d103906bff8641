"""A mail as the policy sees it, and what it answers: values."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from omi_core.message.fields import Field
from omi_core.printable import printable
from omi_core.text import Text

LONGEST_LINE = 998  # octets without the line end; RFC 5322 2.1.1
_LONGEST_REPLY = 480  # octets of a line; RFC 5321 4.5.3.1.5 allows 512 with the code and its end
_PLAIN_QUOTES = str.maketrans("“”", '""')


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalLine:
    """A sentence, and the address of the page that says more; "" for none."""

    sentence: Text
    link: str = ""

    @property
    def octets(self) -> bytes:
        """Printable ASCII, since not every client reads more; a long sentence keeps its link."""
        words = printable(self.sentence.en).translate(_PLAIN_QUOTES)
        end = f". {self.link}".encode() if self.link else b""
        return words.encode("ascii", "backslashreplace")[: _LONGEST_REPLY - len(end)] + end


class RefusedMailError(Exception):
    """The mail is refused for good; `lines` are what the client is told, a sentence each."""

    code = "550"  # RFC 5321 4.2; of a kind of refusal that may be for now, another

    def __init__(self, status: str, *lines: Text | RefusalLine, **values: str | int) -> None:
        self.status = status  # RFC 3463
        self.lines = tuple(
            RefusalLine(sentence=line.format(**values)) if isinstance(line, Text) else line
            for line in lines
        )
        super().__init__(" / ".join(line.sentence.en for line in self.lines))

    @property
    def reply(self) -> bytes:
        """The SMTP reply (RFC 5321 4.2.1)."""
        *others, last = [line.octets for line in self.lines]
        beginning = [f"{self.code}-{self.status} ".encode() + words for words in others]
        return b"\r\n".join([*beginning, f"{self.code} {self.status} ".encode() + last])


POLICY = "5.7.1"  # delivery not authorized
CONTENT = "5.6.0"  # other or undefined media error


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What was said before the message: `login` is "" for a program of this host itself.

    Addresses are without angle brackets; `sender` is "" for the null sender.
    """

    login: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedMail:
    """An envelope, the header's fields in order, and the body, its lines ended by CRLF."""

    envelope: Envelope
    fields: tuple[Field, ...]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The header as it is to become: each of the fields that came, None where it goes, and more.

    Only values change: a field stays where it stands.
    """

    came: tuple[Field | None, ...]
    added: tuple[Field, ...] = ()

    @classmethod
    def of(cls, fields: Iterable[Field]) -> Self:
        """Return a header to which nothing has been done."""
        return cls(came=tuple(fields))

    def __iter__(self) -> Iterator[Field]:
        return filter(None, (*self.came, *self.added))

    def all(self, *names: str) -> tuple[Field, ...]:
        """Return the fields of these names, in lower case, in order."""
        return tuple([each for each in self if each.name.lower() in names])

    def mapped(self, change: Callable[[Field], Field | None]) -> Self:
        """Return the header with each field that came changed, or gone."""
        came = (each and change(each) for each in self.came)
        return replace(self, came=tuple(came))

    def rewritten(self, fields: Iterable[Field]) -> Self:
        """Return the header with these in the places of those that are left, the rest behind."""
        rest = iter(fields)
        came = tuple(each and next(rest) for each in self.came)
        return replace(self, came=came, added=tuple(rest))

    def with_field(self, name: str, value: str) -> Self:
        """Return the header with one field more at its end."""
        return replace(self, added=(*self.added, Field(name=name, value=f" {value}".encode())))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """The `number`th field of a name, from 1, gets `value`; None takes it away."""

    name: str
    number: int
    value: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is done to a mail that goes on; nothing, as a rule. `body` is the whole new one."""

    fields: tuple[FieldChange, ...] = ()
    added: tuple[Field, ...] = ()
    body: bytes | None = None


def changes(before: tuple[Field, ...], draft: Draft, body: bytes | None = None) -> Changes:
    """Return what makes the header of `draft` out of the one that came.

    What goes is taken away from behind, so that no number means another field meanwhile.
    """
    if draft.came == before:  # the rule
        return Changes(added=draft.added, body=body)
    numbers: dict[str, int] = {}
    made: list[FieldChange] = []
    for was, now in zip(before, draft.came, strict=True):
        number = numbers[was.name.lower()] = numbers.get(was.name.lower(), 0) + 1
        if now != was:
            value = None if now is None else now.value
            made.append(FieldChange(name=was.name, number=number, value=value))
    return Changes(fields=tuple(reversed(made)), added=draft.added, body=body)
