"""check_host() of RFC 7208, exactly, with the look-ups counted as it says.

What is counted and when evaluation stops decides whether a record works at all, so it is written
here from the RFC rather than taken from a library whose state is global and whose sockets block;
the tests compare it with pyspf.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from omi_core.errors import OmiError
from omi_core.mailauth.questions import Answer, Asking, Question
from omi_core.mailauth.spf import macro
from omi_core.mailauth.spf.macro import Mail
from omi_core.mailauth.spf.syntax import (
    Directive,
    SpfProgram,
    SpfSyntaxError,
    check_explanation,
    parse,
)
from omi_core.text import NOTHING, Text

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOID_LOOKUPS = 2  # RFC 7208 4.6.4
MOST_NAMES = 10  # RFC 7208 4.6.4, of one mx, and of PTR
_LONGEST_LABEL = 63
_IPV4 = 4


class Result(StrEnum):
    """The seven results (RFC 7208 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, no secret
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIED = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result for one mail; `term` is what decided, `problem` why it is an error.

    `lookups` and `void_lookups` are those made until then.
    """

    result: Result
    term: str = ""
    problem: Text = NOTHING
    explanation: str = ""
    lookups: int = 0
    void_lookups: int = 0


class _PermanentError(OmiError):
    """Evaluation ends in permerror."""


class _TemporaryError(OmiError):
    """Evaluation ends in temperror."""


@dataclass
class _Spent:
    lookups: int = 0
    void: int = 0


@dataclass(slots=True)
class _Matched:
    result: Result
    term: str
    explanation: str = ""  # of `exp=`, and the domain that it stands in
    domain: str = ""


@dataclass
class _Evaluator:
    mail: Mail
    spent: _Spent = field(default_factory=_Spent)

    def host(self, domain: str) -> Asking[_Matched]:
        if not is_domain(domain):
            return _Matched(Result.NONE, "")
        record = yield from self._record(domain)
        if record is None:
            return _Matched(Result.NONE, "")
        try:
            program = parse(record)
        except SpfSyntaxError as error:
            raise _PermanentError("{domain}: {error}", domain=domain, error=error) from None
        return (yield from self._program(program, domain))

    def _record(self, domain: str) -> Asking[str | None]:
        answer = yield Question(domain, "TXT")
        if answer.failed:
            raise _TemporaryError("{domain} TXT: {failed}", domain=domain, failed=answer.failed)
        records = spf_records(answer)
        if len(records) > 1:
            raise _PermanentError(
                "{domain} has {records} SPF records", domain=domain, records=len(records)
            )
        return records[0] if records else None

    def _program(self, program: SpfProgram, domain: str) -> Asking[_Matched]:
        for directive in program.directives:
            if (yield from self._matches(directive, domain)):
                result = _QUALIFIED[directive.qualifier]
                return _Matched(result, directive.text, program.explanation, domain)
        if not program.redirect:
            return _Matched(Result.NEUTRAL, "")
        self._count(f"redirect={program.redirect}")
        target = yield from self._expanded(program.redirect, domain)
        matched = yield from self.host(target)
        if matched.result is Result.NONE:
            raise _PermanentError(
                "{domain}: redirect={target} has no SPF record", domain=domain, target=target
            )
        return matched

    def _matches(self, directive: Directive, domain: str) -> Asking[bool]:
        if directive.mechanism == "all":
            return True
        if directive.network is not None:
            return self.mail.ip in directive.network
        self._count(directive.text)
        target = domain
        if directive.domain:
            target = yield from self._expanded(directive.domain, domain)
        if directive.mechanism == "exists":  # RFC 7208 5.7: A, whatever the client's family
            return bool((yield from self._ask(target, "A")))
        return (yield from self._is_sent_by(directive, target, domain))

    def _is_sent_by(self, directive: Directive, target: str, domain: str) -> Asking[bool]:
        match directive.mechanism:
            case "include":
                return (yield from self._included(target, domain))
            case "a":
                return (yield from self._has_address(target, directive))
            case "mx":
                return (yield from self._is_exchanger(target, directive))
        names = yield from self._validated_names()
        return any(name == target.lower() or name.endswith(f".{target.lower()}") for name in names)

    def _included(self, target: str, domain: str) -> Asking[bool]:
        matched = yield from self.host(target)
        if matched.result is Result.NONE:  # RFC 7208 5.2
            raise _PermanentError(
                "{domain}: include:{target} has no SPF record", domain=domain, target=target
            )
        return matched.result is Result.PASS

    def _has_address(self, name: str, directive: Directive) -> Asking[bool]:
        found = yield from self._ask(name, self._family)
        prefix = directive.prefix4 if self.mail.ip.version == _IPV4 else directive.prefix6
        return any(self.mail.ip in _network(address, prefix) for address in found)

    def _is_exchanger(self, name: str, directive: Directive) -> Asking[bool]:
        hosts = yield from self._ask(name, "MX")
        if len(hosts) > MOST_NAMES:
            raise _PermanentError("{name} has {hosts} MX records", name=name, hosts=len(hosts))
        for host in hosts:
            if (yield from self._has_address(host, directive)):
                return True
        return False

    def _validated_names(self) -> Asking[tuple[str, ...]]:
        """Return the client's names that lead back to it, at most ten looked at (RFC 7208 5.5)."""
        answer = yield Question(self.mail.reverse_name, "PTR")
        self._count_void(self.mail.reverse_name, answer)
        valid: list[str] = []
        for name in answer.values[:MOST_NAMES]:
            if is_domain(name):
                back = yield Question(name, self._family)
                self._count_void(name, back)
                valid += [name.lower()] if self._is_here(back.values) else []
        return tuple(valid)

    def _is_here(self, addresses: tuple[str, ...]) -> bool:
        return any(ip_address(address) == self.mail.ip for address in addresses)

    def _expanded(self, text: str, domain: str) -> Asking[str]:
        validated = "unknown"
        if macro.needs_validated_name(text):
            validated = yield from self._validated_name(domain)
        return macro.shortened(macro.expand(text, self.mail, domain, validated))

    def _validated_name(self, domain: str) -> Asking[str]:
        """Return the name for macro `p`: the domain, a name below it, any (RFC 7208 7.3)."""
        names = yield from self._validated_names()
        below = [name for name in names if name.endswith(f".{domain.lower()}")]
        preferred = [name for name in names if name == domain.lower()] + below + list(names)
        return preferred[0] if preferred else "unknown"

    def _ask(self, name: str, kind: str) -> Asking[tuple[str, ...]]:
        if not is_domain(name):  # RFC 7208 4.8: nothing can be there
            return ()
        answer = yield Question(name, kind)
        if answer.failed:
            raise _TemporaryError(
                "{name} {kind}: {failed}", name=name, kind=kind, failed=answer.failed
            )
        self._count_void(name, answer)
        return answer.values

    @property
    def _family(self) -> str:
        return "A" if self.mail.ip.version == _IPV4 else "AAAA"

    def _count(self, term: str) -> None:
        self.spent.lookups += 1
        if self.spent.lookups > MOST_LOOKUPS:
            raise _PermanentError(
                "{term} is look-up {lookups} of {most_lookups}",
                term=term,
                lookups=self.spent.lookups,
                most_lookups=MOST_LOOKUPS,
            )

    def _count_void(self, name: str, answer: Answer) -> None:
        self.spent.void += not answer.values and not answer.failed
        if self.spent.void > MOST_VOID_LOOKUPS:
            raise _PermanentError("{name} is the third name without a record", name=name)

    def explained(self, matched: _Matched) -> Asking[str]:
        """Return the text of `exp=`, or nothing if it cannot be had (RFC 7208 6.2)."""
        if matched.result is not Result.FAIL or not matched.explanation:
            return ""
        target = yield from self._expanded(matched.explanation, matched.domain)
        answer = yield Question(target, "TXT")
        if len(answer.values) != 1 or not answer.values[0].isascii():
            return ""
        try:
            check_explanation(answer.values[0])
        except SpfSyntaxError:
            return ""
        return macro.expand(answer.values[0], self.mail, matched.domain)


@lru_cache(maxsize=1024)
def _network(address: str, prefix: int) -> IPv4Network | IPv6Network:
    return ip_network(f"{address}/{prefix}", strict=False)


def check_host(mail: Mail, domain: str) -> Asking[Evaluation]:
    """Evaluate the SPF record of `domain` for one mail (RFC 7208 4)."""
    check = _Evaluator(mail)
    spent = check.spent
    try:
        matched = yield from check.host(domain.removesuffix("."))
        explanation = yield from check.explained(matched)
    except _PermanentError as error:
        result, problem = Result.PERMERROR, error.text
    except _TemporaryError as error:
        result, problem = Result.TEMPERROR, error.text
    else:
        return Evaluation(
            result=matched.result,
            term=matched.term,
            explanation=explanation,
            lookups=spent.lookups,
            void_lookups=spent.void,
        )
    return Evaluation(
        result=result, problem=problem, lookups=spent.lookups, void_lookups=spent.void
    )


def spf_records(answer: Answer) -> tuple[str, ...]:
    """Return the SPF records among TXT records (RFC 7208 4.5)."""
    return tuple(
        text for text in answer.values if text[:6].lower() == "v=spf1" and text[6:7] in {"", " "}
    )


@lru_cache(maxsize=1024)
def is_domain(name: str) -> bool:
    """Whether DNS could hold the name at all, and it is no top-level domain (RFC 7208 4.3)."""
    bare = name.removesuffix(".")
    labels = bare.split(".")
    return (
        len(labels) > 1
        and len(bare) <= macro.LONGEST_DOMAIN
        and all(0 < len(label) <= _LONGEST_LABEL for label in labels)
    )
