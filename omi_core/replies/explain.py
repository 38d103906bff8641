"""From a reply to what it means: pure; never raises, and takes no longer for a hostile one.

One receiver's own words come first, then a block list's name, then what servers say everywhere,
then the enhanced status code (RFC 3463), then the code's class (RFC 5321 4.2.1).
"""

import re
from dataclasses import replace

from omi_core.replies import catalogue as means
from omi_core.replies import receivers, servers
from omi_core.replies.meaning import ExplainedReply
from omi_core.replies.read import ReadReply, read_reason, read_reply
from omi_core.replies.registry import by_codes
from omi_core.replies.rule import LargeReceiver, most_exact

_RULES = (*receivers.RULES, *servers.RULES)
_BLOCKED_USING = re.compile(r"blocked using ([0-9a-z][0-9a-z.-]{0,250}[0-9a-z])")


def explain_reason(text: str) -> ExplainedReply:
    """Say what a line of a queue, a log or a bounce means, or a reply as it came."""
    return explain(read_reason(text))


def explain_reply(code: int, text: str, *, host: str = "") -> ExplainedReply:
    """Say what a reply means whose code is known (200 to 599), from `host` where that is known."""
    return explain(read_reply(code, text, host=host))


def explain(reply: ReadReply) -> ExplainedReply:
    """Say what a reply means that has been read."""
    rule = most_exact(_RULES, reply)
    sender = _receiver(reply.host)
    if rule is None:
        meaning, source = by_codes(reply)
        found = ExplainedReply(meaning=meaning, source=source, page=sender.page if sender else "")
    else:
        sender = rule.receiver or sender
        page = rule.page or (rule.receiver.page if rule.receiver else "")
        found = ExplainedReply(
            meaning=rule.meaning,
            source=rule.source,
            page=page,
            is_particular=rule.receiver is not None,
        )
    found = replace(
        found, code=reply.code, status=reply.enhanced, receiver=sender.name if sender else ""
    )
    return (
        _with_list(found, reply) if found.meaning in {means.LISTED, means.DOMAIN_LISTED} else found
    )


def _receiver(host: str) -> LargeReceiver | None:
    return next((one for one in receivers.RECEIVERS if host and one.has(host)), None)


def _with_list(found: ExplainedReply, reply: ReadReply) -> ExplainedReply:
    """Name the list, and its page; of one that is not known, as the server names it."""
    meaning = found.meaning
    if any(one in reply.words for one in servers.DOMAIN_LISTS):
        meaning = means.DOMAIN_LISTED
    for known in servers.BLOCK_LISTS:
        if any(one in reply.words for one in known.words):
            return replace(
                found, meaning=meaning, listed=known.name, page=known.page, is_particular=True
            )
    named = _BLOCKED_USING.search(reply.words)
    return replace(found, meaning=meaning, listed=named[1] if named else "")
