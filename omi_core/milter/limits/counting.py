"""Charges a mail to its account and its customer, at the counter or, while it is away, here."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from secrets import token_hex
from typing import Self

from omi_core.limits.limit import COUNTED, AccountLimits, SendLimits
from omi_core.milter.limits import tally
from omi_core.milter.limits.refusal import moment, over_limit, raise_if_never_taken
from omi_core.milter.limits.store import LEASE_S, CounterAwayError, Store
from omi_core.milter.limits.tally import Counted, LocalSubject, NearLimit, Refused, Tally
from omi_core.milter.mail import SubmittedMail

_log = logging.getLogger(__name__)

LEARNING_DAYS = 7  # until a counter that began empty knows whom its accounts write to
_RENEW_S = LEASE_S / 3
_MOST_LEASES = 500  # renewed in one go
_CHARGED = 2  # words of an answer before the tallies
_NEAR = 3  # words of a warning
_LINE_END = b"\r\n"
_COLON_AND_END = 1 + len(_LINE_END)

LimitsOf = Callable[[str], AccountLimits | None]
_Limits = Sequence[tuple[int, ...]]  # for each subject what SendLimits.counted has


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """One whose limits hold: a key of its own, the name that a sentence has, the limits.

    `words` are the limits as the counter reads them, empty where there is none to count.
    """

    key: str
    name: str
    limits: SendLimits
    words: str

    @classmethod
    def of(cls, key: str, name: str, limits: SendLimits) -> Self:
        counted = limits.counted
        words = " ".join(map(str, counted)) if any(counted) else ""
        return cls(key=key, name=name, limits=limits, words=words)


class Counting:
    """What a worker counts; `store` is None where no limit needs more than a mail's size."""

    def __init__(self, limits_of: LimitsOf, zone: tzinfo, store: Store | None) -> None:
        self._limits_of = limits_of
        self._zone = zone
        self._store = store
        self._subjects: dict[str, tuple[AccountLimits, tuple[_Subject, ...]]] = {}
        self._tallies: dict[str, Tally] = {}
        self._open: dict[str, set[str]] = {}  # sessions by key
        self._token, self._sessions = token_hex(6), 0

    def session(self) -> "CountedSession":
        """Return what charges the mails of one connection."""
        self._sessions += 1
        return CountedSession(self, f"{self._token}:{self._sessions}")

    def limits_of(self, login: str) -> AccountLimits | None:
        """Return the limits of a login, None where there are none."""
        return self._limits_of(login) if login else None

    async def run(self) -> None:
        """Renew the leases of open sessions until cancelled, and keep the connection."""
        if self._store:
            keeping = asyncio.create_task(self._store.run())
            try:
                while True:
                    await asyncio.sleep(_RENEW_S)
                    self._renew(self._store)
            finally:
                keeping.cancel()

    async def charge(self, mail: SubmittedMail, limits: AccountLimits, session: str) -> list[str]:
        """Charge a mail and return the keys of its session; raises RefusedMailError."""
        recipients = {each.lower() for each in mail.envelope.recipients}
        subjects = self._subjects_of(mail.envelope.login.lower(), limits)
        octets = _octets(mail)
        for each in subjects:
            raise_if_never_taken(each.limits, each.name, len(recipients), octets)
        counted = tuple([each for each in subjects if each.words])
        if not counted or not self._store:
            return []
        result = await self._result(counted, recipients, session)
        if isinstance(result, Refused):
            subject = counted[result.subject]
            raise over_limit(result, subject.limits, subject.name, len(recipients), self._zone)
        self._tallies |= zip([each.key for each in counted], result.tallies, strict=True)
        for near in result.near:
            self._warn(counted[near.subject], near)
        held = [each.key for each in counted if each.limits.sessions]
        for key in held:
            self._open.setdefault(key, set()).add(session)
        return held

    def end(self, keys: list[str], session: str) -> None:
        """Count a session no longer."""
        for key in keys:
            if sessions := self._open.get(key):
                sessions.discard(session)
                if not sessions:
                    del self._open[key]
        if self._store and keys:
            self._store.end(keys, session)

    def _subjects_of(self, login: str, limits: AccountLimits) -> tuple[_Subject, ...]:
        """Return whose limits hold for a login, made anew only where they have changed."""
        known = self._subjects.get(login)
        if known is None or known[0] is not limits:
            known = self._subjects[login] = (limits, tuple(_subjects(login, limits)))
        return known[1]

    async def _result(
        self, subjects: tuple[_Subject, ...], recipients: set[str], session: str
    ) -> Counted | Refused:
        now = int(time.time())
        offset = datetime.fromtimestamp(now, self._zone).utcoffset()
        ahead = int(offset.total_seconds()) if offset else 0
        try:
            return await self._shared_result(subjects, recipients, session, ahead)
        except CounterAwayError:
            known = tuple(self._known(each, session) for each in subjects)
            return tally.charge(known, len(recipients), now, ahead)

    async def _shared_result(
        self, subjects: tuple[_Subject, ...], recipients: set[str], session: str, ahead: int
    ) -> Counted | Refused:
        if not self._store:
            raise CounterAwayError
        is_new_limited = any(each.limits.new_recipients_per_day for each in subjects)
        marks = [self._store.mark(each) for each in recipients] if is_new_limited else []
        # One that holds its leases renews them in time, and need not be looked for.
        with_lease = [each.key for each in subjects if each.limits.sessions]
        is_held = all(session in self._open.get(key, ()) for key in with_lease)
        told = "" if is_held else session
        words: list[str | bytes | int] = [ahead, len(recipients), told, LEASE_S, LEARNING_DAYS]
        words.append(b"".join(marks))
        for each in subjects:
            known = self._tallies.get(each.key, tally.NOTHING)
            words += [each.words, " ".join(map(str, known))]
        keys = [each.key for each in subjects]
        return await self._store.charge(
            keys, words, partial(_read_answer, [each.limits.counted for each in subjects])
        )

    def _known(self, subject: _Subject, session: str) -> LocalSubject:
        return LocalSubject(
            tally=self._tallies.get(subject.key, tally.NOTHING),
            limits=subject.limits,
            others=len(self._open.get(subject.key, set()) - {session}),
        )

    def _renew(self, store: Store) -> None:
        leases = [(key, session) for key, sessions in self._open.items() for session in sessions]
        for begin in range(0, len(leases), _MOST_LEASES):
            store.renew(leases[begin : begin + _MOST_LEASES])

    def _warn(self, subject: _Subject, near: NearLimit) -> None:
        """Say that four fifths are used; the one form of it, which other programs read."""
        counted = self._tallies[subject.key]
        place = tally.window(near.limit)
        ahead = datetime.now(self._zone).utcoffset()
        ends = (counted[place * 3] + 1) * tally.SPANS[place]
        until = ends - (int(ahead.total_seconds()) if ahead else 0)
        _log.warning(
            "limit-near: limit=%s used=%d most=%d until=%s for=%s",
            COUNTED[near.limit],
            near.used,
            subject.limits.counted[near.limit],
            moment(until, self._zone).replace(" ", "T", 1).replace(" ", ""),
            subject.name,
        )


def _subjects(login: str, limits: AccountLimits) -> Iterator[_Subject]:
    if limits.own.said():
        yield _Subject.of(f"account {login}", login, limits.own)
    if limits.shared.said():
        # A reply is ASCII (RFC 5321 2.3.1), and what stands for another script tells nobody much.
        name = limits.customer if limits.customer.isascii() else limits.of
        yield _Subject.of(f"customer {limits.of}", f"all accounts of {name}", limits.shared)


def _octets(mail: SubmittedMail) -> int:
    """Return the octets of a message: each field has a colon and a line end beside its words."""
    header = sum([len(each.name) + len(each.value) + _COLON_AND_END for each in mail.fields])
    return header + len(_LINE_END) + len(mail.body)


class CountedSession:
    """One connection: whose mails are charged, and which leases it holds."""

    def __init__(self, counting: Counting, name: str) -> None:
        self._counting = counting
        self._name = name
        self._keys: set[str] = set()

    def limits_of(self, login: str) -> AccountLimits | None:
        """Return the limits of a login, None where there are none."""
        return self._counting.limits_of(login)

    async def charge(self, mail: SubmittedMail) -> None:
        """Charge a mail that is fine otherwise; raises RefusedMailError, counting nothing."""
        limits = self._counting.limits_of(mail.envelope.login)
        if limits:
            self._keys |= {*await self._counting.charge(mail, limits, self._name)}

    def end(self) -> None:
        """The connection is over."""
        self._counting.end(sorted(self._keys), self._name)


def _read_answer(limits: _Limits, said: object) -> Counted | Refused:
    """Read what `script.CHARGE` answers for these limits; raises ValueError for nonsense."""
    if not isinstance(said, list) or not said or said[0] not in (0, 1):
        raise ValueError("an answer that is none")
    words = said[_CHARGED:]
    return _read_counted(limits, words) if said[0] else _read_refused(limits, words)


def _read_refused(limits: _Limits, words: list[object]) -> Refused:
    match words:
        case [int(subject), int(limit), int(used), int(until)]:
            if _is_used(limits, subject, limit, used) and 0 <= until <= tally.LAST_MOMENT:
                return Refused(subject=subject - 1, limit=limit - 1, used=used, until=until)
    raise ValueError("a refusal of nothing that was asked")


def _read_counted(limits: _Limits, words: list[object]) -> Counted:
    subjects = len(limits)
    written = [each for each in words[:subjects] if isinstance(each, bytes)]
    if len(written) != subjects:
        raise ValueError("tallies that are none")
    rest = words[subjects:]
    near = [_read_near(limits, rest[at : at + _NEAR]) for at in range(0, len(rest), _NEAR)]
    return Counted(tallies=tuple(map(tally.read_tally, written)), near=tuple(near))


def _read_near(limits: _Limits, words: list[object]) -> NearLimit:
    match words:
        case [int(subject), int(limit), int(used)]:
            if _is_used(limits, subject, limit, used):
                return NearLimit(subject=subject - 1, limit=limit - 1, used=used)
    raise ValueError("a warning of nothing that was asked")


def _is_used(limits: _Limits, subject: int, limit: int, used: int) -> bool:
    """Whether there is such a limit, and so much may be used of it; both count from 1."""
    is_place = 0 < subject <= len(limits) and 0 < limit <= len(COUNTED)
    return is_place and limits[subject - 1][limit - 1] > 0 and 0 <= used <= tally.MOST_COUNTED
