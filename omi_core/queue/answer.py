"""Answers a request about the queue of this host, and does what it asks for.

Of all mails only ids are kept, and of those that are told as many as were asked for.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from omi_core.queue.index import Held, Index, QueuedMail
from omi_core.queue.request import Group, ListedMail, MailCount, QueueAnswer, QueueRequest, Verb
from omi_core.queue.spool import Queue

_LONGEST = 300  # characters of a reason
# What differs between mails put off for one reason: addresses, hosts, the receiver's numbers.
_OWN = re.compile(
    r"<[^<>]{0,300}>|[0-9A-Za-z._-]{0,300}\[[^][]{0,300}\](?::\d{1,5})?|[0-9A-Za-z._-]{12,300}"
)
_Words = tuple[str, ...]


def answer(index: Index, request: QueueRequest) -> QueueAnswer:
    """Do what is asked; raises sqlite3.Error where a suspension could not be remembered."""
    index.refresh()
    seen = _Seen(request)
    for mail in index.mails():
        seen.take(mail)
    if not request.dry:
        _DONE[request.verb](index, seen.meant)
    reasons = _reasons(index, seen, request)
    is_list = request.verb is Verb.LIST
    return QueueAnswer(
        total={queue.value: seen.totals[queue] for queue in Queue},
        matched=seen.matched,
        done=0 if is_list else len(seen.meant),
        left=seen.matched - len(seen.meant),
        mails=tuple(_listed(each, reasons.get(each.file.id, "")) for each in seen.shown),
        groups=seen.tally.largest(request.most),
    )


@dataclass(slots=True)
class _Tally:
    counts: Counter[_Words] = field(default_factory=Counter)
    oldest: dict[_Words, int] = field(default_factory=dict)
    examples: dict[_Words, str] = field(default_factory=dict)

    def add(self, words: _Words, arrived: int, example: str = "") -> None:
        self.examples.setdefault(words, example)
        self.counts[words] += 1
        self.oldest[words] = min(arrived, self.oldest.get(words, arrived))

    def largest(self, most: int) -> tuple[MailCount, ...]:
        return tuple(
            MailCount(
                words=words,
                count=count,
                oldest=self.oldest[words],
                example=self.examples[words],
            )
            for words, count in self.counts.most_common(most)
        )


@dataclass(slots=True)
class _Seen:
    """What is gathered from all mails, one after the other."""

    request: QueueRequest
    totals: Counter[Queue] = field(default_factory=Counter)
    matched: int = 0
    meant: list[str] = field(default_factory=list)
    shown: list[QueuedMail] = field(default_factory=list)
    put_off: dict[str, int] = field(default_factory=dict)  # arrival, by id
    tally: _Tally = field(default_factory=_Tally)

    def take(self, mail: QueuedMail) -> None:
        request = self.request
        self.totals[mail.place.queue] += 1
        if not request.match.takes(mail):
            return
        self.matched += 1
        if not _MEANT[request.verb](mail):
            return
        self.meant.append(mail.file.id)
        if request.by is None:
            if len(self.shown) < request.most:
                self.shown.append(mail)
                self._ask_why(mail)
        elif request.by is Group.REASON:
            self._ask_why(mail)
        else:
            for words in _words(mail, request.by):
                self.tally.add(words, mail.file.arrived)

    def _ask_why(self, mail: QueuedMail) -> None:
        if mail.place.queue is Queue.DEFERRED:
            self.put_off[mail.file.id] = mail.file.arrived


def _words(mail: QueuedMail, by: Group) -> Iterable[_Words]:
    match by:
        case Group.ACCOUNT:
            return [(mail.file.login,)]
        case Group.SENDER:
            return [(mail.file.sender.lower(),)]
        case _:
            return [(domain,) for domain in mail.file.domains]


def _reasons(index: Index, seen: _Seen, request: QueueRequest) -> dict[str, str]:
    """Return by id why mails were put off, or count it; asked only where it is told."""
    reasons: dict[str, str] = {}
    for id_, why in index.spool.reasons() if seen.put_off else ():
        if id_ not in seen.put_off or not why:
            continue
        if request.by is Group.REASON:
            for words, example in _causes(why).items():
                seen.tally.add(words, seen.put_off[id_], example)
        else:
            reasons[id_] = next(iter(why.values()))[:_LONGEST]
    return reasons


def _causes(why: dict[str, str]) -> dict[_Words, str]:
    """Return an example of each cause."""
    return {
        (address.rpartition("@")[2].lower(), _OWN.sub("*", reason[:_LONGEST])): reason[:_LONGEST]
        for address, reason in why.items()
    }


def _listed(mail: QueuedMail, reason: str) -> ListedMail:
    file = mail.file
    return ListedMail(
        id=file.id,
        queue=mail.place.queue,
        held=mail.held,
        login=file.login,
        sender=file.sender,
        recipients=file.recipients,
        count=file.count,
        size=file.size,
        arrived=file.arrived,
        launch=file.times.launch,
        expire=file.times.expire,
        reason=reason,
    )


def _release(index: Index, ids: list[str]) -> None:
    index.spool.release(ids)
    index.refresh()  # which have been launched now


def _suspend(index: Index, ids: list[str]) -> None:
    index.suspend(ids)  # first: of what is held it must be known why
    index.spool.hold(ids)


def _resume(index: Index, ids: list[str]) -> None:
    """Let go what only the suspension holds; what is scheduled goes on waiting."""
    waiting = {each.file.id for each in index.mails() if each.waits}
    index.spool.release(each for each in ids if each not in waiting)
    index.suspend(ids, is_on=False)
    index.refresh()


_DONE: dict[Verb, Callable[[Index, list[str]], None]] = {
    Verb.LIST: lambda _index, _ids: None,
    Verb.RELEASE: _release,
    Verb.DROP: lambda index, ids: index.spool.drop(ids),
    Verb.RETRY: lambda index, ids: index.spool.retry(ids),
    Verb.SUSPEND: _suspend,
    Verb.RESUME: _resume,
}
_MEANT: dict[Verb, Callable[[QueuedMail], bool]] = {
    Verb.LIST: lambda _mail: True,
    Verb.RELEASE: lambda mail: mail.held in {Held.SCHEDULE, Held.OPERATOR},
    Verb.DROP: lambda _mail: True,
    Verb.RETRY: lambda mail: mail.place.queue is Queue.DEFERRED,
    # What an operator holds by hand stays his when the account is let go.
    Verb.SUSPEND: lambda mail: mail.held in {Held.NOT, Held.SCHEDULE},
    Verb.RESUME: lambda mail: mail.held is Held.SUSPENSION,
}
