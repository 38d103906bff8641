"""What is asked of a queue, and what it answers, as JSON carries it. Pure.

Both ends are of one version as a rule, and none trusts the other: what does not fit is a
ValueError. Addresses compare in lower case.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from omi_core.queue.index import Held, QueuedMail
from omi_core.queue.spool import QUEUE_ID, Queue

MOST = 1000  # mails, or groups, of one answer
_LONGEST = 320  # characters of a text that is told; RFC 5321 4.5.3.1 for an address
_MOST_TEXTS = 10  # that a mail or a group has


class Verb(StrEnum):
    """What is done with the mails that match."""

    LIST = "list"
    RELEASE = "release"
    DROP = "drop"
    RETRY = "retry"
    SUSPEND = "suspend"
    RESUME = "resume"


class Group(StrEnum):
    """By what mails are counted."""

    REASON = "reason"
    RECEIVER = "receiver"
    ACCOUNT = "account"
    SENDER = "sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMatch:
    """Which mails: all that is given must be true, and of a tuple one; an empty one asks nothing.

    `senders` and `receivers` are addresses or domains; `since` and `until` bound the arrival, in
    seconds since the epoch.
    """

    ids: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def __bool__(self) -> bool:
        return self != MailMatch()

    def takes(self, mail: QueuedMail) -> bool:
        """Whether the mail is one of these."""
        file = mail.file
        names = (file.domains, [one.lower() for one in file.recipients])
        return (
            (not self.ids or file.id in self.ids)
            and (not self.accounts or file.login.lower() in self.accounts)
            and (not self.queues or mail.place.queue.value in self.queues)
            and (not self.senders or _is_of(file.sender.lower(), self.senders))
            and (not self.receivers or any(set(each) & set(self.receivers) for each in names))
            and (self.since is None or file.arrived >= self.since)
            and (self.until is None or file.arrived < self.until)
        )


def _is_of(address: str, wanted: tuple[str, ...]) -> bool:
    return address in wanted or address.rpartition("@")[2] in wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequest:
    """`by` asks for counts instead of mails, of which there are at most `most`."""

    verb: Verb = Verb.LIST
    match: MailMatch = field(default_factory=MailMatch)
    by: Group | None = None
    most: int = MOST
    dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMail:
    """A mail as it is told; `reason` is why it was put off, of its first recipient that was."""

    id: str
    queue: Queue
    held: Held
    login: str
    sender: str
    recipients: tuple[str, ...]
    count: int
    size: int
    arrived: int
    launch: int | None = None
    expire: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCount:
    """How many mails have these words in common, since when the oldest is there.

    Of reasons, `example` is one in full: the words have a * for what differs.
    """

    words: tuple[str, ...]
    count: int
    oldest: int
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAnswer:
    """How many mails match, of those in each queue; some of them, or counts; and what was done.

    `done` are the mails that something was done with, or would be; `left` those for which the verb
    is not meant, such as what is held for a suspension and is to be released.
    """

    total: Mapping[str, int] = field(default_factory=dict)
    matched: int = 0
    done: int = 0
    left: int = 0
    mails: tuple[ListedMail, ...] = ()
    groups: tuple[MailCount, ...] = ()


def written_request(request: QueueRequest) -> str:
    """Return the request as one line."""
    return json.dumps(asdict(request))


def read_request(text: str) -> QueueRequest:
    """Read a request; raises ValueError."""
    told = _document(text)
    match = _table(told.get("match", {}))
    ids = _texts(match, "ids")
    if not all(QUEUE_ID.fullmatch(each) for each in ids):
        raise ValueError("an id that is none")
    by = told.get("by")
    return QueueRequest(
        verb=Verb(_text(told, "verb")),
        match=MailMatch(
            ids=ids,
            accounts=_texts(match, "accounts"),
            senders=_texts(match, "senders"),
            receivers=_texts(match, "receivers"),
            queues=_texts(match, "queues"),
            since=_moment(match.get("since")),
            until=_moment(match.get("until")),
        ),
        by=None if by is None else Group(_text(told, "by")),
        most=max(0, min(_number(told, "most"), MOST)),
        dry=told.get("dry") is not False,  # in doubt nothing is done
    )


def written_answer(answer: QueueAnswer) -> str:
    """Return the answer as one line."""
    return json.dumps(asdict(answer))


def read_answer(text: str) -> QueueAnswer:
    """Read what a relay said; raises ValueError for anything else, and takes no more than MOST."""
    told = _document(text)
    total = _table(told.get("total"))
    mails, groups = told.get("mails"), told.get("groups")
    if not isinstance(mails, list) or not isinstance(groups, list):
        raise ValueError("an answer without lists")  # noqa: TRY004 - what a relay said
    return QueueAnswer(
        total={queue.value: _number(total, queue.value) for queue in Queue},
        matched=_number(told, "matched"),
        done=_number(told, "done"),
        left=_number(told, "left"),
        mails=tuple(_mail(_table(each)) for each in mails[:MOST]),
        groups=tuple(_counted(_table(each)) for each in groups[:MOST]),
    )


def _mail(told: Mapping[str, object]) -> ListedMail:
    id_ = _text(told, "id")
    if not QUEUE_ID.fullmatch(id_):
        raise ValueError("an id that is none")
    return ListedMail(
        id=id_,
        queue=Queue(_text(told, "queue")),
        held=Held(_text(told, "held")),
        login=_text(told, "login"),
        sender=_text(told, "sender"),
        recipients=_shown(told, "recipients"),
        count=_number(told, "count"),
        size=_number(told, "size"),
        arrived=_number(told, "arrived"),
        launch=_moment(told.get("launch")),
        expire=_moment(told.get("expire")),
        reason=_text(told, "reason"),
    )


def _counted(told: Mapping[str, object]) -> MailCount:
    return MailCount(
        words=_shown(told, "words"),
        count=_number(told, "count"),
        oldest=_number(told, "oldest"),
        example=_text(told, "example"),
    )


def _document(text: str) -> Mapping[str, object]:
    try:
        return _table(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - what another machine said
    return value


def _text(told: Mapping[str, object], key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")  # noqa: TRY004
    return value[:_LONGEST]


def _texts(told: Mapping[str, object], key: str) -> tuple[str, ...]:
    values = told.get(key, [])
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
        raise ValueError(f"{key} is no list of texts")
    return tuple(values)


def _shown(told: Mapping[str, object], key: str) -> tuple[str, ...]:
    return tuple(each[:_LONGEST] for each in _texts(told, key)[:_MOST_TEXTS])


def _number(told: Mapping[str, object], key: str) -> int:
    value = told.get(key)
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError(f"{key} is no number")
    return value


def _moment(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < 1 << 38:
        raise ValueError("no moment")
    return value
