"""Questions to DNS as values, so that an evaluation needs no socket.

An evaluation is a generator: it yields a Question, is sent the Answer, and returns its result.
Whoever runs it decides how questions are asked: one after the other, with asyncio, or from a dict.
"""

from collections.abc import Callable, Generator
from typing import NamedTuple, TypeVar

from omi_core.text import NOTHING, Text

T = TypeVar("T")


class Question(NamedTuple):
    """A name without its last dot, as mail writes it, and a record type in upper case.

    A tuple, because answers are found by it dozens of times a domain.
    """

    name: str
    type: str


class Answer(NamedTuple):
    """What receivers' resolvers say, CNAMEs followed.

    `values` are texts: addresses, names without the last dot, the joined strings of TXT (what is
    no UTF-8 as U+FFFD), and of MX the hosts in order of preference. `failed` is empty, or why
    there is no answer (SERVFAIL, a timeout): a temporary error, never the same as no record.
    """

    values: tuple[str, ...] = ()
    failed: Text = NOTHING


Asking = Generator[Question, Answer, T]


def run(asking: Asking[T], ask: Callable[[Question], Answer]) -> T:
    """Return the result of an evaluation whose questions `ask` answers."""
    try:
        question = next(asking)
        while True:
            question = asking.send(ask(question))
    except StopIteration as ended:
        result: T = ended.value
        return result
