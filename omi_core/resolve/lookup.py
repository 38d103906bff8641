"""Answers as a receiver's resolver would give them, from authoritative servers, CNAMEs followed."""

from typing import TypeVar

from omi_core.errors import ObservationError, text_of
from omi_core.mailauth.questions import Answer, Asking, Question
from omi_core.resolve.memory import Memory
from omi_core.resolve.packet import Response, is_askable
from omi_core.resolve.walk import Walker
from omi_core.text import Text

T = TypeVar("T")

_ENDLESS = Text("{name} is a chain of CNAMEs without an end")
_CIRCLE = Text("{name} is a CNAME that leads back to itself")
_LONG = Text("{name} is in a chain of more than {count} CNAMEs")
_LONGEST_CHAIN = 8
_REMEMBERED = 4096


class Lookups:
    """Resolves names for evaluations; what several domains share is asked once."""

    def __init__(self, walker: Walker, known: Memory[Question, Answer] | None = None) -> None:
        self._walker = walker
        self._answers = known or Memory[Question, Answer](_REMEMBERED)

    def over(self, walker: Walker) -> "Lookups":
        """Return one that asks by another way, and shares what is remembered."""
        return Lookups(walker, self._answers)

    async def run(self, asking: Asking[T], known: dict[Question, Answer] | None = None) -> T:
        """Return the result of an evaluation; `known` answers come before any server."""
        known = known or {}
        try:
            question = next(asking)
            while True:
                answer = known.get(question) or self._answers.get(question)
                answer = answer or await self.answer(question)
                question = asking.send(answer)
        except StopIteration as ended:
            result: T = ended.value
            return result

    async def answer(self, question: Question) -> Answer:
        """Return the answer of any authoritative server; a failure is an answer too."""
        return await self._answers.once(question, lambda: self._looked_up(question))

    async def _looked_up(self, question: Question) -> Answer:
        name = question.name.lower()
        if not is_askable(name, question.type):  # RFC 7208 4.8: nothing can be there
            return Answer()
        try:
            for _ in range(_LONGEST_CHAIN):
                reply = await self._walker.resolve(name, question.type)
                found = _found(reply, name, question.type)
                if isinstance(found, Answer):
                    return found
                name = found
        except ObservationError as error:
            return Answer(failed=text_of(error))
        return Answer(failed=_ENDLESS.format(name=question.name))


def _found(reply: Response, name: str, kind: str) -> Answer | str:
    """Return the answer, or the name that a chain in the reply leads to and stops at."""
    seen = {name}
    while not (values := reply.values(name, kind)):
        target = reply.values(name, "CNAME")
        if not target:
            # A chain that left what this server holds goes on elsewhere.
            return name if len(seen) > 1 else Answer()
        if target[0] in seen:
            return Answer(failed=_CIRCLE.format(name=name))
        if len(seen) > _LONGEST_CHAIN:  # one message may hold thousands of them
            return Answer(failed=_LONG.format(name=name, count=_LONGEST_CHAIN))
        name = target[0]
        seen.add(name)
    return Answer(_ordered(values) if kind == "MX" else values)


def _ordered(exchangers: tuple[str, ...]) -> tuple[str, ...]:
    split = sorted((int(p), host) for p, _, host in (one.partition(" ") for one in exchangers))
    return tuple(host for _, host in split if host)
