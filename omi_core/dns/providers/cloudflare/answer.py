"""What the API answered: one envelope, whose `success` counts and not the status alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from omi_core.dns.providers.cloudflare.record import Json
from omi_core.errors import ObservationError, text_of
from omi_core.http_client.json_body import json_of
from omi_core.http_client.meter import AnswerError
from omi_core.printable import printable
from omi_core.text import SEMICOLON, Text

_LONGEST_WORDS = 160
_MOST_FAULTS = 5
_DONE, _REFUSED = range(200, 300), range(400, 500)
_TELLING = {*_DONE, *_REFUSED}  # the status of an answer that says what has happened
_TOO_MANY_REQUESTS = 429
# Said in the envelope where the status is another one: too many requests in five minutes
_TOO_OFTEN = frozenset({971, 10100})
NO_REASON = Text("it gives no reason")
_WITHOUT_SUCCESS = Text("it answers {status} without success and gives no reason")
_NOT_AN_OBJECT = Text("it answers what is not an object")


@dataclass(frozen=True, slots=True)
class ApiFault:
    """One error of the envelope: code, message in one printable line, JSON pointer.

    `inner` are the codes of what the service chains to it, as 6111 to 6003; `words` has theirs.
    """

    code: int
    words: str
    pointer: str
    inner: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.words} ({self.code})"


@dataclass(frozen=True, kw_only=True)
class ApiAnswer:
    """One answer; `hide` takes out of what is said whatever must not be shown."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    hide: Callable[[str], str] = field(default=str, repr=False)

    @cached_property
    def _read(self) -> tuple[Json, Text | None]:
        """Return the envelope, and why there is none."""
        try:
            found = json_of(self.body)
        except AnswerError as error:
            return {}, text_of(error)
        return (found, None) if isinstance(found, dict) else ({}, _NOT_AN_OBJECT)

    @property
    def envelope(self) -> Json:
        """The object that every answer is; empty where it is none."""
        return self._read[0]

    @property
    def is_success(self) -> bool:
        """Whether the service says that it did what it was asked."""
        return self.status in _DONE and self.envelope.get("success") is True

    @property
    def is_refusal(self) -> bool:
        """Whether it says, with a reason or by its status, that asking again is of no use."""
        return self.status in _REFUSED or bool(self.faults)

    @property
    def is_too_often(self) -> bool:
        """Whether nothing was done because too much was asked."""
        return self.status == _TOO_MANY_REQUESTS or bool(self.codes & _TOO_OFTEN)

    @property
    def is_fault_of_the_service(self) -> bool:
        """Whether nobody can say what has happened."""
        is_unreadable = self._read[1] is not None and self.status in _DONE
        return is_unreadable or self.status not in _TELLING

    @cached_property
    def faults(self) -> tuple[ApiFault, ...]:
        """The errors that it names."""
        return tuple(map(self._fault, _objects(self.envelope.get("errors"))))

    @property
    def codes(self) -> frozenset[int]:
        """The codes of all errors, and of those that are chained to them."""
        return frozenset(code for fault in self.faults for code in (fault.code, *fault.inner))

    @property
    def why(self) -> Text:
        """What the service says about its refusal."""
        said = [Text.plain(str(fault)) for fault in self.faults]
        return Text.joined(said, SEMICOLON) if said else NO_REASON

    @property
    def fault(self) -> Text:
        """Why this answer is none that can be used."""
        if self.status not in _TELLING:
            return Text("it answers {status}").format(status=self.status)
        if self.status in _DONE and not self.faults:
            return self._read[1] or _WITHOUT_SUCCESS.format(status=self.status)
        return self.why

    def listed(self) -> list[Json]:
        """Return the result of a list; raises ObservationError where it is none."""
        found = self.envelope.get("result")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ObservationError("it answers no list")
        return found

    @property
    def count(self) -> int | None:
        """How many entries a list says that it has."""
        return self._of_list("count")

    @property
    def page(self) -> int | None:
        """Which page of a list this is, where that is said."""
        return self._of_list("page")

    @property
    def pages(self) -> int:
        """Of how many pages a list consists; one where nothing is said."""
        pages = self._of_list("total_pages")
        return 1 if pages is None else pages

    def _of_list(self, key: str) -> int | None:
        info = self.envelope.get("result_info")
        number = info.get(key) if isinstance(info, dict) else None
        return number if type(number) is int else None

    def _fault(self, one: Json) -> ApiFault:
        source, chain = one.get("source"), _objects(one.get("error_chain"))
        pointer = source.get("pointer") if isinstance(source, dict) else ""
        inner = [f"{each.get('message', '')} ({_code(each)})" for each in chain]
        words = ": ".join(str(each) for each in (one.get("message", ""), *inner))
        # One line of it: what a service says may be long, and may repeat what it was sent.
        shown = printable(self.hide(" ".join(words.split())))[:_LONGEST_WORDS]
        return ApiFault(_code(one), shown, str(pointer or ""), tuple(map(_code, chain)))


def _objects(listed: object) -> list[Json]:
    some = listed[:_MOST_FAULTS] if isinstance(listed, list) else []
    return [one for one in some if isinstance(one, dict)]


def _code(one: Json) -> int:
    code = one.get("code")
    return code if type(code) is int else 0
