"""What a line of the catalogue says: which replies it is about, and what they mean. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from omi_core.replies.meaning import Meaning
from omi_core.replies.read import ReadReply


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeReceiver:
    """A large receiver: how its servers are named, and its page about replies."""

    name: str
    hosts: tuple[str, ...]
    page: str = ""

    def has(self, host: str) -> bool:
        """Whether this is one of its servers."""
        return f".{host.rstrip('.')}".endswith(self.hosts)


@dataclass(frozen=True, slots=True)
class Rule:
    """A reply is meant if all that is given is true, and one of `words` stands in it.

    `codes` are SMTP's, or a digit for all that begin so; none means what a server says of its own,
    without a reply. `statuses` are `subject.detail`. A rule of a receiver is not for other servers;
    where the server is not known, its words have to be there. `source` says where it is written.
    """

    meaning: Meaning
    codes: tuple[int, ...]
    statuses: tuple[str, ...]
    words: tuple[str, ...]
    source: str
    receiver: LargeReceiver | None = None
    page: str = ""

    def weight(self, reply: ReadReply) -> tuple[int, int, int] | None:
        """Return how exactly this is the reply: the larger, the more; None where it is not."""
        if not self._has_code(reply.code):
            return None
        if self.statuses and reply.status not in self.statuses:
            return None
        longest = max((len(one) for one in self.words if one in reply.words), default=0)
        if self.words and not longest:
            return None
        if self.receiver and not (self.receiver.has(reply.host) if reply.host else longest):
            return None
        return (int(self.receiver is not None), longest, int(bool(self.statuses)))

    def _has_code(self, code: int | None) -> bool:
        if code is None:
            return not self.codes
        return code in self.codes or code // 100 in self.codes


def most_exact(rules: Iterable[Rule], reply: ReadReply) -> Rule | None:
    """Return the rule that says most about the reply; of two that say as much, the first."""
    found: Rule | None = None
    best: tuple[int, int, int] | None = None
    for rule in rules:
        weight = rule.weight(reply)
        if weight is not None and (best is None or weight > best):
            found, best = rule, weight
    return found
