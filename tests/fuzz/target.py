"""A target: what reads the octets of a stranger, and what it promises for any of them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from omi_core.errors import OmiError
from omi_core.printable import printable
from tests.fuzz.cost import Steps

CORPUS = Path(__file__).parent / "corpus"
EACH = "TARGET"  # in an argument for several targets: the name of each
_LONGEST_SENTENCE = 2000  # characters of an error: a person reads it
_LARGEST_RESULT = 64  # characters of a result for each octet that was read
_AND_ANYWAY = 65536

Mutator = Callable[[bytes, int, int], bytes]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One parser.

    `read` takes the octets and returns what the parser makes of them; of all errors it may raise
    those of `raises`. `judge` gets the octets and the result (None after an error) and asserts.
    `steps` are the lines of Python that an octet may cost, and `first_steps` those that anything
    costs. `grown` are pieces that are hostile when they are repeated. `words` are what the fuzzer
    puts together where octets alone would never get past the first line.
    """

    name: str
    read: Callable[[bytes], Any]
    judge: Callable[[bytes, Any], None]
    raises: tuple[type[Exception], ...] = ()
    longest: int
    steps: int
    first_steps: int = 5000
    grown: tuple[tuple[bytes, bytes, bytes], ...] = ()
    words: tuple[bytes, ...] = ()
    mutate: Mutator | None = None

    @cached_property
    def seeds(self) -> tuple[bytes, ...]:
        """What the fuzzer begins with."""
        return tuple(file.read_bytes() for file in sorted((CORPUS / self.name).glob("*")))

    def warm(self) -> None:
        """Read every seed once: what is read a first time, such as a catalogue, costs no input."""
        for seed in self.seeds:
            with suppress(*self.raises):
                self.read(seed)

    def check(self, octets: bytes, *, counted: bool = True) -> int:
        """Read them, hold the parser to its promises, and return the steps that it took.

        Not `counted`, neither the steps nor the size of the result are looked at.
        """
        steps = Steps(self.first_steps + self.steps * len(octets))
        try:
            result = steps.of(lambda: self.read(octets)) if counted else self.read(octets)
        except self.raises as error:
            result = None
            assert_sentence(error)
        if counted:
            assert len(repr(result)) <= _AND_ANYWAY + _LARGEST_RESULT * len(octets), "a huge result"
        self.judge(octets, result)
        return steps.taken


def assert_sentence(error: Exception) -> None:
    """An error that is ours is something that can be shown to a person."""
    text = str(error)
    assert text, "an error without words"
    assert len(text) <= _LONGEST_SENTENCE, "an error that is a book"
    if isinstance(error, OmiError):
        for words in error.text.to_json().values():
            printable(words).encode()  # as every sink writes it
