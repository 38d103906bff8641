"""What is said of a domain differently than in an earlier run: for a person, and for a program."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from omi_core.cli.dns.table import sign
from omi_core.cli.screen import drawn, stacked
from omi_core.findings.verdict import Status
from omi_core.findings.words import STATUS_WORDS
from omi_core.language import EN, Language
from omi_core.names import in_script
from omi_core.onboarding.lines import DomainState, FindingJson, key_of
from omi_core.text import Text, labelled

_NEW = Text("{domain}: {now}; new in the list")
_CHANGED = Text("{domain}: {now}; before: {before}")
_STILL = Text("{domain}: {now}, as before, but not for the same reasons")
_AGAIN = Text("{domain}: {now}; before: {before}, and {known} when it was last looked at")
_REMOVED = Text("{domain}: removed from the list; before: {before}")
_APPEARED = Text("new")
_GONE = Text("gone")
_OTHER = Text("changed")
_OBSERVED = Text("observed")
_BEFORE = Text("before")
_REMEDY = Text("remedy")
_UNSEEN = Text("not seen")


class ChangeKind(StrEnum):
    """What happened to a domain since."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainChange:
    """A domain of which something else is said: then, and now."""

    domain: str
    before: DomainState | None
    now: DomainState | None

    @property
    def kind(self) -> ChangeKind:
        """What happened."""
        if self.now is None:
            return ChangeKind.REMOVED
        return ChangeKind.CHANGED if self.before else ChangeKind.NEW

    @property
    def words(self) -> Text:
        """The change in a sentence."""
        before, now, domain = self.before, self.now, in_script(self.domain)
        known = before.last_known if before else None
        values = {
            name: _word(each.status)
            for name, each in (("before", before), ("now", now), ("known", known))
            if each
        }
        return _sentence(before, now, known).format(domain=domain, **values)

    @property
    def appeared(self) -> list[FindingJson]:
        """What is found now and was not."""
        return _only(self.now, self.before)

    @property
    def gone(self) -> list[FindingJson]:
        """What was found and is no more."""
        return _only(self.before, self.now)

    @property
    def altered(self) -> list[tuple[FindingJson, FindingJson]]:
        """What was found and still is, with something else observed: then, and now."""
        then = {key_of(each): each for each in _findings(self.before)}
        pairs = ((then.get(key_of(each)), each) for each in _findings(self.now))
        return [
            (old, new)
            for old, new in pairs
            if old
            and "observed" in old
            and key_of(old, observed=True) != key_of(new, observed=True)
        ]

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/dns-verify-change.json."""
        return {
            "domain": self.domain,
            "change": self.kind.value,
            "words": self.words.to_json(),
            "before": self.before.to_json() if self.before else None,
            "now": self.now.to_json() if self.now else None,
            "appeared": self.appeared,
            "gone": self.gone,
            "altered": [{"before": old, "now": new} for old, new in self.altered],
        }

    def lines(self, language: Language, *, colour: bool) -> Iterator[str]:
        """Yield the change as a person reads it: the sentence, what is new, what is gone."""
        mark = sign(_status(self.now.status), colour=colour) if self.now else drawn("-")
        yield drawn(mark, " ", stacked([self.words.in_(language)]))
        for each in self.appeared:
            yield from _said(_APPEARED, each, language)
        for old, new in self.altered:
            yield from _said(_OTHER, new, language, old)
        for each in self.gone if self.now else ():
            yield f"  {_labelled(_GONE, _headline(each, language), language)}"
        if self.now and self.now.reason:
            yield f"  {_labelled(_UNSEEN, _in(self.now.reason, language), language)}"


def _sentence(before: DomainState | None, now: DomainState | None, known: object) -> Text:
    if now is None:
        return _REMOVED
    if before is None:
        return _NEW
    if now.status == before.status:
        return _STILL
    return _AGAIN if known else _CHANGED


def _said(
    label: Text, found: FindingJson, language: Language, old: FindingJson | None = None
) -> Iterator[str]:
    yield f"  {_labelled(label, _headline(found, language), language)}"
    shown = [(_OBSERVED, found.get("observed")), (_REMEDY, found.get("remedy"))]
    if old:
        shown.insert(0, (_BEFORE, old.get("observed")))
    for name, text in shown:
        if text:
            yield f"      {_labelled(name, _in(text, language), language)}"


def _headline(found: FindingJson, language: Language) -> str:
    subject = in_script(str(found["subject"]))
    text = found.get("text")
    words = _in(text, language) if text else str(found["id"])
    return labelled(subject, words).in_(language)


def _labelled(label: Text, words: str, language: Language) -> str:
    return labelled(label, words).in_(language)


def _in(text: object, language: Language) -> str:
    """Return what was written down in every language, in one of them."""
    words = text if isinstance(text, dict) else {}
    return str(words.get(language) or words.get(EN) or "")


def _only(these: DomainState | None, those: DomainState | None) -> list[FindingJson]:
    others = {key_of(each) for each in _findings(those)}
    return [each for each in _findings(these) if key_of(each) not in others]


def _findings(state: DomainState | None) -> Iterable[FindingJson]:
    return state.findings if state else ()


def _status(written: str) -> Status:
    """Return a status; of a word that nobody writes, that nothing is known."""
    return Status(written) if written in set(Status) else Status.UNKNOWN


def _word(written: str) -> Text:
    return STATUS_WORDS[_status(written)]
