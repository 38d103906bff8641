"""What the relays answered, for people and for programs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from omi_core.cli.screen import Drawn, stacked
from omi_core.language import Language
from omi_core.message.launch_time import PLATFORM_ZONE, platform_zone, write_time
from omi_core.queue.asked.told import RelayAnswer
from omi_core.queue.index import Held
from omi_core.queue.request import (
    ListedMail,
    MailCount,
    QueueAnswer,
    QueueRequest,
    Verb,
)
from omi_core.queue.spool import Queue
from omi_core.replies import catalogue as means
from omi_core.replies.explain import explain_reason
from omi_core.replies.meaning import ExplainedReply
from omi_core.text import COMMA, Text, labelled

_ZONE = platform_zone(PLATFORM_ZONE)
_COUNT = Text.plain("{count} {queue}")
_QUEUES = {
    Queue.HOLD: Text("held"),
    Queue.DEFERRED: Text("put off"),
    Queue.ACTIVE: Text("under way"),
    Queue.INCOMING: Text("coming in"),
}
_EMPTY = Text("the queue is empty")
_NONE = Text("none of its mails is meant")
_MATCHED = Text("{matched} match")
_UNSEEN = Text("could not be asked: {problem}")
_STATES = {
    Held.SCHEDULE: Text("waits until {launch}"),
    Held.SUSPENSION: Text("held, since its account is suspended"),
    Held.OPERATOR: Text("held by an operator"),
}
_EXPIRES = Text("given up at {expire}")
_MAIL = Text.plain("{id}  {since}  {login}  {sender} -> {recipients}")
_MORE_RECIPIENTS = Text("and {count} more")
_MORE = Text("and {count} more, which --most would show")
_GROUP = Text("{count}, the oldest since {oldest}")
_DONE = {
    Verb.RELEASE: Text("released: {done}"),
    Verb.RETRY: Text("tried again: {done}"),
    Verb.DROP: Text("dropped: {done}"),
}
_WOULD = {
    Verb.RELEASE: Text("would be released: {done}"),
    Verb.RETRY: Text("would be tried again: {done}"),
    Verb.DROP: Text("would be dropped: {done}"),
}
_LEFT = Text("left alone: {left}")
_NOBODY = Text.plain("<>")
_MEANS = Text("means: {text}")


def printed(answers: Sequence[RelayAnswer], request: QueueRequest, language: Language) -> Drawn:
    """Return what people read: each relay, and below it its mails or counts."""
    return stacked(line for one in answers for line in _relay(one, request, language))


def document(
    answers: Iterable[RelayAnswer], request: QueueRequest, exit_code: int
) -> dict[str, object]:
    """Return what programs read: see cli/schemas/queue.json."""
    return {
        "verb": request.verb.value,
        "dry": request.dry,
        "relays": [_document(one) for one in answers],
        "exit_code": exit_code,
    }


def _document(one: RelayAnswer) -> dict[str, object]:
    answer = one.answer or QueueAnswer(total=dict.fromkeys(Queue, 0))
    told = asdict(answer)
    told["mails"] = [
        asdict(each) | {"meaning": _meaning_json(each.reason)} for each in answer.mails
    ]
    told["groups"] = [
        asdict(each) | {"meaning": _meaning_json(each.example)} for each in answer.groups
    ]
    problem = one.problem.to_json() if one.problem else None
    return {"relay": one.relay, "problem": problem, **told}


def _meaning_json(reason: str) -> dict[str, object] | None:
    return explain_reason(reason).to_json() if reason else None


def _relay(one: RelayAnswer, request: QueueRequest, language: Language) -> Iterator[str]:
    if one.answer is None:
        yield labelled(one.relay, _UNSEEN.format(problem=one.problem)).in_(language)
        return
    yield labelled(one.relay, Text.joined(_heads(one.answer, request), COMMA)).in_(language)
    for mail in one.answer.mails:
        yield f"  {_mail(mail).in_(language)}"
        yield from (f"      {line.in_(language)}" for line in _states(mail))
    for group in one.answer.groups:
        yield f"  {_group(group).in_(language)}"
        if group.example:
            explained = _explained(explain_reason(group.example))
            yield from (f"      {line.in_(language)}" for line in explained)
    shown, meant = len(one.answer.mails), one.answer.matched - one.answer.left
    if request.verb is Verb.LIST and request.by is None and meant > shown:
        yield f"  {_MORE.format(count=meant - shown).in_(language)}"


def _heads(answer: QueueAnswer, request: QueueRequest) -> Iterator[Text]:
    counts = [
        _COUNT.format(count=answer.total[queue], queue=text)
        for queue, text in _QUEUES.items()
        if answer.total[queue]
    ]
    yield from counts or [_EMPTY]
    if request.verb in _DONE:
        words = (_WOULD if request.dry else _DONE)[request.verb]
        yield words.format(done=answer.done)
        if answer.left:
            yield _LEFT.format(left=answer.left)
    elif request.match and counts:
        yield _MATCHED.format(matched=answer.matched) if answer.matched else _NONE


def _mail(mail: ListedMail) -> Text:
    more = mail.count - len(mail.recipients)
    names: list[str | Text] = list(mail.recipients)
    if more > 0:
        names.append(_MORE_RECIPIENTS.format(count=more))
    return _MAIL.format(
        id=mail.id,
        since=_at(mail.arrived),
        login=mail.login or "-",
        sender=mail.sender or _NOBODY,
        recipients=Text.joined([Text.plain("{one}").format(one=one) for one in names], COMMA),
    )


def _states(mail: ListedMail) -> Iterator[Text]:
    if mail.held:
        yield _STATES[mail.held].format(launch=_at(mail.launch or 0))
    if mail.expire is not None:
        yield _EXPIRES.format(expire=_at(mail.expire))
    if mail.reason:
        yield Text.plain("{reason}").format(reason=mail.reason)
        yield from _explained(explain_reason(mail.reason))


def _explained(found: ExplainedReply) -> Iterator[Text]:
    """What a receiver's words mean, and whose turn it is; nothing where that is not known."""
    if found.meaning is means.UNREAD:
        return
    yield _MEANS.format(text=found.text)
    yield found.remedy


def _group(group: MailCount) -> Text:
    words = COMMA.en.join(word or "-" for word in group.words)
    counted = _GROUP.format(count=group.count, oldest=_at(group.oldest))
    return labelled(words, counted)


def _at(moment: int) -> str:
    return write_time(datetime.fromtimestamp(moment, UTC), _ZONE)
