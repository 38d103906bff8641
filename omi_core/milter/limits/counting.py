"""Charges a mail to its account and its customer, at the counter or, while it is away, here."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from secrets import token_hex

from omi_core.limits.limit import COUNTED, AccountLimits
from omi_core.milter.limits import tally
from omi_core.milter.limits.ahead import TOLD_AFTER_S, Untold, UntoldBatch, may_take
from omi_core.milter.limits.answer import read_answer
from omi_core.milter.limits.refusal import moment, over_limit, raise_if_never_taken
from omi_core.milter.limits.store import LEASE_S, CounterAwayError, Store
from omi_core.milter.limits.subject import Subject, subjects_of
from omi_core.milter.limits.tally import Counted, LocalSubject, NearLimit, Refused, Tally
from omi_core.milter.mail import SubmittedMail

_log = logging.getLogger(__name__)

LEARNING_DAYS = 7  # until a counter that began empty knows whom its accounts write to
_RENEW_S = LEASE_S / 3
_MOST_LEASES = 500  # renewed in one go
_LINE_END = b"\r\n"
_COLON_AND_END = 1 + len(_LINE_END)

_NONE_UNTOLD = Untold()

LimitsOf = Callable[[str], AccountLimits | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limited:
    """Whose limits hold for a login, while its limits are these; `counted` need a counter."""

    limits: AccountLimits
    subjects: tuple[Subject, ...]
    counted: tuple[Subject, ...]


class Counting:
    """What a worker counts; `store` is None where no limit needs more than a mail's size."""

    def __init__(self, limits_of: LimitsOf, zone: tzinfo, store: Store | None) -> None:
        self._limits_of = limits_of
        self._zone = zone
        self._store = store
        self._limited: dict[str, _Limited] = {}  # by login
        self._tallies: dict[str, Tally] = {}
        self._open: dict[str, set[str]] = {}  # sessions by key
        self._untold: dict[str, Untold] = {}  # by key
        self._batches: dict[str, UntoldBatch] = {}  # by login
        self._telling: set[asyncio.Task[None]] = set()
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

    def charge_ahead(self, mail: SubmittedMail, limits: AccountLimits, session: str) -> bool:
        """Charge a mail, if it can be done without asking; raises RefusedMailError."""
        recipients = {each.lower() for each in mail.envelope.recipients}
        login = mail.envelope.login.lower()
        limited = self._limited_by(login, limits)
        octets = _octets(mail)
        for each in limited.subjects:
            raise_if_never_taken(each.limits, each.name, len(recipients), octets)
        counted = limited.counted
        if not counted or not self._store:
            return True
        if not self._may_take(counted, len(recipients), session):
            return False
        self._take(login, counted, recipients)
        return True

    async def charge(self, mail: SubmittedMail, limits: AccountLimits, session: str) -> list[str]:
        """Ask the counter, and return the keys of the session; raises RefusedMailError."""
        recipients = {each.lower() for each in mail.envelope.recipients}
        counted = self._limited_by(mail.envelope.login.lower(), limits).counted
        result = await self._result(counted, recipients, session)
        if isinstance(result, Refused):
            subject = counted[result.subject]
            raise over_limit(result, subject.limits, subject.name, len(recipients), self._zone)
        self._learn(counted, result)
        held = [each.key for each in counted if each.limits.sessions]
        for key in held:
            self._open.setdefault(key, set()).add(session)
        return held

    async def settle(self) -> None:
        """Tell the counter what it does not know yet, and wait for its answers."""
        for login in list(self._batches):
            self._tell(login)
        if self._telling:
            await asyncio.wait(self._telling)

    def _may_take(self, subjects: tuple[Subject, ...], recipients: int, session: str) -> bool:
        """Whether the counter may be told of the mail afterwards."""
        local_now = int(time.time()) + self._ahead()
        return self._holds_leases(subjects, session) and all(
            may_take(
                self._tallies.get(each.key, tally.NOTHING),
                each.counted,
                self._untold.get(each.key, _NONE_UNTOLD),
                recipients,
                local_now,
            )
            for each in subjects
        )

    def _take(self, login: str, subjects: tuple[Subject, ...], recipients: set[str]) -> None:
        batch = self._batches.get(login)
        if batch is None or batch.subjects is not subjects:
            self._tell(login)  # its limits have changed
            batch = self._batches[login] = UntoldBatch(subjects=subjects)
            asyncio.get_running_loop().call_later(TOLD_AFTER_S, self._tell, login)
        batch.sums.add(1, len(recipients))
        batch.written_to |= recipients
        for each in subjects:
            self._untold.setdefault(each.key, Untold()).add(1, len(recipients))

    def _tell(self, login: str) -> None:
        batch = self._batches.pop(login, None)
        if batch:
            task = asyncio.create_task(self._told(batch))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _told(self, batch: UntoldBatch) -> None:
        """Tell of mails that were taken; they count here where the counter does not answer."""
        sums = batch.sums
        try:
            result = await self._shared_result(batch.subjects, sums, batch.written_to)
        except CounterAwayError:
            known = tuple(self._known(each) for each in batch.subjects)
            local_now = int(time.time()) + self._ahead()
            result = tally.counted(known, sums.mails, sums.recipients, local_now)
        for each in batch.subjects:
            self._untold[each.key].add(-sums.mails, -sums.recipients)
        if isinstance(result, Counted):
            self._learn(batch.subjects, result)

    def _learn(self, subjects: tuple[Subject, ...], result: Counted) -> None:
        self._tallies |= zip([each.key for each in subjects], result.tallies, strict=True)
        for near in result.near:
            self._warn(subjects[near.subject], near)

    def _holds_leases(self, subjects: tuple[Subject, ...], session: str) -> bool:
        """Whether a session has leases where they count; it renews them in time."""
        return all(
            session in self._open.get(each.key, ()) for each in subjects if each.limits.sessions
        )

    def end(self, keys: list[str], session: str) -> None:
        """Count a session no longer."""
        for key in keys:
            if sessions := self._open.get(key):
                sessions.discard(session)
                if not sessions:
                    del self._open[key]
        if self._store and keys:
            self._store.end(keys, session)

    def _limited_by(self, login: str, limits: AccountLimits) -> _Limited:
        """Return whose limits hold, made anew only where they have changed."""
        known = self._limited.get(login)
        if known is None or known.limits is not limits:
            subjects = tuple(subjects_of(login, limits))
            counted = tuple([each for each in subjects if each.words])
            known = _Limited(limits=limits, subjects=subjects, counted=counted)
            self._limited[login] = known
        return known

    async def _result(
        self, subjects: tuple[Subject, ...], recipients: set[str], session: str
    ) -> Counted | Refused:
        sums = Untold(mails=1, recipients=len(recipients))
        asked = "" if self._holds_leases(subjects, session) else session
        try:
            return await self._shared_result(subjects, sums, recipients, asked, is_taken=False)
        except CounterAwayError:
            known = tuple(self._known(each, session) for each in subjects)
            return tally.charge(known, len(recipients), int(time.time()), self._ahead())

    async def _shared_result(
        self,
        subjects: tuple[Subject, ...],
        sums: Untold,
        recipients: set[str],
        session: str = "",
        *,
        is_taken: bool = True,
    ) -> Counted | Refused:
        if not self._store:
            raise CounterAwayError
        is_new_limited = any(each.limits.new_recipients_per_day for each in subjects)
        marks = [self._store.mark(each) for each in recipients] if is_new_limited else []
        words: list[str | bytes | int] = [self._ahead(), sums.mails, sums.recipients]
        words += ["1" if is_taken else "", session, LEASE_S, LEARNING_DAYS, b"".join(marks)]
        for each in subjects:
            known = self._tallies.get(each.key, tally.NOTHING)
            words += [each.words, " ".join(map(str, known))]
        keys = [each.key for each in subjects]
        return await self._store.charge(
            keys, words, partial(read_answer, [each.counted for each in subjects])
        )

    def _known(self, subject: Subject, session: str = "") -> LocalSubject:
        return LocalSubject(
            tally=self._tallies.get(subject.key, tally.NOTHING),
            limits=subject.limits,
            others=len(self._open.get(subject.key, set()) - {session}),
        )

    def _ahead(self) -> int:
        """Return the seconds that the platform's clock is ahead of UTC."""
        offset = datetime.now(self._zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def _renew(self, store: Store) -> None:
        leases = [(key, session) for key, sessions in self._open.items() for session in sessions]
        for begin in range(0, len(leases), _MOST_LEASES):
            store.renew(leases[begin : begin + _MOST_LEASES])

    def _warn(self, subject: Subject, near: NearLimit) -> None:
        """Say that four fifths are used; the one form of it, which other programs read."""
        counted = self._tallies[subject.key]
        place = tally.window(near.limit)
        until = (counted[place * 3] + 1) * tally.SPANS[place] - self._ahead()
        _log.warning(
            "limit-near: limit=%s used=%d most=%d until=%s for=%s",
            COUNTED[near.limit],
            near.used,
            subject.limits.counted[near.limit],
            moment(until, self._zone).replace(" ", "T", 1).replace(" ", ""),
            subject.name,
        )


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

    def charge_ahead(self, mail: SubmittedMail) -> bool:
        """Charge a mail that is fine otherwise, if it can be; raises RefusedMailError."""
        limits = self._counting.limits_of(mail.envelope.login)
        return not limits or self._counting.charge_ahead(mail, limits, self._name)

    async def charge(self, mail: SubmittedMail) -> None:
        """Ask for what could not be charged ahead; raises RefusedMailError, counting nothing."""
        limits = self._counting.limits_of(mail.envelope.login)
        if limits:
            self._keys |= {*await self._counting.charge(mail, limits, self._name)}

    def end(self) -> None:
        """The connection is over."""
        self._counting.end(sorted(self._keys), self._name)
