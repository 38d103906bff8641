"""What the control headers of a mail come to while the client waits. Pure.

`omi message check` judges with the same code, so the two cannot disagree.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from omi_core.findings.finding import Finding
from omi_core.message import catalogue
from omi_core.message.control import ControlHeaders, control_header, wire
from omi_core.message.enforce import ControlMode, ControlPolicy, enforce
from omi_core.milter.mail import CONTENT, Draft, RefusalLine, RefusedMailError
from omi_core.options.catalogue import KINDS as NUMBER_KINDS
from omi_core.queue import schedule
from omi_core.text import Text

WARNING = "X-Omi-Warning"
_OURS = frozenset({WARNING.lower(), schedule.HEADER.lower()})  # nobody else's word counts
MOST_LINES = 10  # of a reply, and of warnings; a mail may have a thousand headers
# The pages under `docs/` that explain a finding, each at an anchor with its id.
_NUMBERS, _MESSAGES = "reference/options", "message"
_ABOUT_NUMBERS = frozenset(kind.id for kind in NUMBER_KINDS)
_MORE = Text("and {count} more")
_SENTENCE = Text.plain("{header}: {text} ({observed}); {remedy}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRules:
    """What is the same for all mails of a relay.

    `keeps` says that the next hop is the send engine, which reads the headers; else no recipient
    sees one. `reference` is where the pages of `docs/` are published, "" for nowhere.
    `longest_hold` is how long a mail may wait here for its launch; a next hop that keeps the
    headers waits itself.
    """

    zone: tzinfo
    keeps: bool = False
    reference: str = ""
    longest_hold: timedelta = timedelta(days=3)


def controlled(draft: Draft, policy: ControlPolicy, rules: ControlRules, now: datetime) -> Draft:
    """Return the header with its control headers as the next hop gets them.

    Raises RefusedMailError, with a line for each finding, where the account's mode is to refuse; in
    each mode where a mail would have to wait too long, for which nothing else would be right.
    """
    if not any(_is_control(each.name) for each in draft) and not rules.keeps:
        return draft
    longest = None if rules.keeps else rules.longest_hold
    enforced = enforce(draft, policy, zone=rules.zone, now=now, longest_hold=longest)
    is_late = any(each.id == catalogue.TIME_BEYOND_HOLD.id for each in enforced.errors)
    if enforced.errors and (policy.mode is ControlMode.REFUSE or is_late):
        lines = _lines(enforced.errors, rules.reference)
        raise RefusedMailError(CONTENT, *lines)
    made = draft.mapped(lambda field: None if _is_control(field.name) else field)
    if enforced.errors and policy.mode is ControlMode.WARN:
        for line in _lines(enforced.errors, rules.reference):
            made = made.with_field(WARNING, line.octets.decode())
    if rules.keeps:
        return _with_headers(made, enforced.headers, rules.zone)
    return _scheduled(made, enforced.headers, now)


@lru_cache(maxsize=1024)
def _is_control(name: str) -> bool:
    return control_header(name) is not None or name.lower() in _OURS


def _with_headers(draft: Draft, headers: ControlHeaders, zone: tzinfo) -> Draft:
    for header, value in headers.said():
        draft = draft.with_field(header.name, wire(header, value, zone))
    return draft


def _scheduled(draft: Draft, headers: ControlHeaders, now: datetime) -> Draft:
    """Return the header with the times for the queue: one with a launch makes Postfix hold it."""
    times = schedule.schedule(headers.next_launch_time, headers.launch_expire_time, now)
    return draft.with_field(schedule.HEADER, schedule.written(times)) if times else draft


def _lines(findings: tuple[Finding, ...], reference: str) -> tuple[RefusalLine, ...]:
    lines = [_line(each, reference) for each in findings[:MOST_LINES]]
    if more := len(findings) - len(lines):
        lines.append(RefusalLine(sentence=_MORE.format(count=more)))
    return tuple(lines)


def _line(finding: Finding, reference: str) -> RefusalLine:
    sentence = _SENTENCE.format(
        header=finding.subject,
        text=finding.text,
        observed=finding.observed,
        remedy=finding.remedy,
    )
    page = _NUMBERS if finding.id in _ABOUT_NUMBERS else _MESSAGES
    link = f"{reference}/{page}#{finding.id}" if reference else ""
    return RefusalLine(sentence=sentence, link=link)
