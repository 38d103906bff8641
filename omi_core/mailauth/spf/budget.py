"""The look-up budget of an SPF record along its tree, whoever sends (RFC 7208 4.6.4).

An evaluation stops at the first match, so it counts only what one mail needed. What a record can
cost is the whole tree: every include and redirect followed, whatever would have matched before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from omi_core.errors import text_of
from omi_core.mailauth.questions import Asking, Question
from omi_core.mailauth.spf.evaluate import is_domain, spf_records
from omi_core.mailauth.spf.syntax import Directive, SpfProgram, SpfSyntaxError, parse
from omi_core.text import NOTHING, Text

_SEVERAL = Text("{count} SPF records")
_DEEPEST = 10
_MOST_BRANCHES = 60  # enough to show that a budget of ten is spent
_COUNTED = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A term that costs look-ups, and what is behind it.

    `cost` is its own: 0 for the record itself, else 1. `void` says that nothing is there,
    `problem` why it cannot be followed.
    """

    term: str
    cost: int
    void: bool = False
    problem: Text = NOTHING
    temporary: bool = False
    branches: tuple["Branch", ...] = ()

    @property
    def lookups(self) -> int:
        """Look-ups of this term and of all below it."""
        return self.cost + sum(branch.lookups for branch in self.branches)

    @property
    def voids(self) -> int:
        """Names below it, itself included, at which nothing is."""
        return self.void + sum(branch.voids for branch in self.branches)

    def problems(self) -> Iterator["Branch"]:
        """Yield every branch that cannot be followed."""
        if self.problem:
            yield self
        for branch in self.branches:
            yield from branch.problems()

    def lines(self, indent: int = 0) -> Iterator[str]:
        """Yield the tree as text, each line with the look-ups that it costs in all."""
        notes = (
            *(["nothing there"] if self.void else []),
            *([str(self.problem)] if self.problem else []),
        )
        note = f"  ({'; '.join(notes)})" if notes else ""
        yield f"{self.lookups:>3}  {'  ' * indent}{self.term}{note}"
        for branch in self.branches:
            yield from branch.lines(indent + 1)


def survey(domain: str, record: str | None = None) -> Asking[Branch]:
    """Return the tree of `domain`; `record` stands for what it publishes, to try a merge out."""
    surveyor = _Surveyor()
    root = yield from surveyor.behind(domain, record, ())
    return replace(root, term=domain, cost=0)


class _Surveyor:
    def __init__(self) -> None:
        self.seen = 0

    def behind(self, domain: str, record: str | None, above: tuple[str, ...]) -> Asking[Branch]:
        """Return what is behind an include or a redirect, without its own term."""
        unknown = Branch(term="", cost=1)
        if domain.lower() in above or len(above) > _DEEPEST:
            return replace(unknown, problem=Text("leads back to itself"))
        if record is None:
            answer = yield Question(domain, "TXT")
            if answer.failed:
                return replace(unknown, problem=answer.failed, temporary=True)
            records = spf_records(answer)
            if len(records) != 1:
                problem = _SEVERAL.format(count=len(records)) if records else Text("no SPF record")
                return replace(unknown, problem=problem, void=not answer.values)
            record = records[0]
        return (yield from self._record(domain, record, above))

    def _record(self, domain: str, record: str, above: tuple[str, ...]) -> Asking[Branch]:
        try:
            program = parse(record)
        except SpfSyntaxError as error:
            return Branch(term="", cost=1, problem=text_of(error))
        branches = []
        for directive in _reached(program):
            if directive.mechanism in _COUNTED and self.seen < _MOST_BRANCHES:
                self.seen += 1
                path = (*above, domain.lower())
                branches.append((yield from self._directive(directive, domain, path)))
        if program.redirect and not any(each.mechanism == "all" for each in program.directives):
            path = (*above, domain.lower())
            branch = yield from self._followed(
                program.redirect, f"redirect={program.redirect}", path
            )
            branches.append(branch)
        return Branch(term="", cost=1, branches=tuple(branches))

    def _directive(
        self, directive: Directive, domain: str, above: tuple[str, ...]
    ) -> Asking[Branch]:
        if directive.mechanism == "include":
            return (yield from self._followed(directive.domain, directive.text, above))
        target = directive.domain or domain
        kinds = {"a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}.get(directive.mechanism, ())
        if "%" in target or not kinds or not is_domain(target):
            return Branch(term=directive.text, cost=1)
        found = []
        for kind in kinds:
            answer = yield Question(target.removesuffix("."), kind)
            found.append(bool(answer.values or answer.failed))
        return Branch(term=directive.text, cost=1, void=not any(found))

    def _followed(self, target: str, term: str, above: tuple[str, ...]) -> Asking[Branch]:
        if "%" in target:  # another record for each mail
            return Branch(term=term, cost=1)
        branch = yield from self.behind(target.removesuffix("."), None, above)
        return replace(branch, term=term)


def _reached(program: SpfProgram) -> Iterator[Directive]:
    for directive in program.directives:
        if directive.mechanism == "all":  # RFC 7208 5.1: what comes after it is ignored
            return
        yield directive
