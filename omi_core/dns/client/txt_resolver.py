"""The machine's own resolver, asked for the TXT records that an SPF record includes."""

import time
from typing import TYPE_CHECKING

import dns.exception
import dns.name
import dns.resolver

if TYPE_CHECKING:
    from omi_core.mailauth.questions import Answer, Question

from omi_core.text import Text

MOST_WAITED_S = 30.0  # for a resolver that does not answer, in all
_ANSWER_S = 5.0

# Names that no message can carry (RFC 1035 2.3.4) have no record either.
_NOTHING = (
    dns.resolver.NXDOMAIN,
    dns.resolver.NoAnswer,
    dns.name.LabelTooLong,
    dns.name.NameTooLong,
    dns.name.EmptyLabel,
)


class TxtResolver:
    """The machine's own, asked for TXT; what several records include is asked for once."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._answers: dict[Question, Answer] = {}
        self._left_s = MOST_WAITED_S

    def answer(self, question: "Question") -> "Answer":
        """Return what it says; that it says nothing is an answer too."""
        if question not in self._answers:
            self._answers[question] = self._asked(question)
        return self._answers[question]

    def _asked(self, question: "Question") -> "Answer":
        from omi_core.mailauth.questions import Answer

        if self._left_s <= 0:
            return Answer(failed=Text("the resolver did not answer before"))
        began = time.monotonic()
        try:
            self._resolver = self._resolver or dns.resolver.Resolver()
            found = self._resolver.resolve(
                f"{question.name}.", question.type, search=False, lifetime=_ANSWER_S
            )
        except _NOTHING:
            return Answer()
        except (dns.exception.DNSException, OSError) as error:
            self._left_s -= time.monotonic() - began
            return Answer(failed=Text.plain(type(error).__name__))
        texts = (b"".join(each.strings) for each in found)
        return Answer(tuple(text.decode(errors="replace") for text in texts))
