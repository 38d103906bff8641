"""What a client is told whose mail is over a limit: the limit, what was used of it, until when."""

from datetime import datetime, tzinfo

from omi_core.limits.limit import COUNTED, SendLimits
from omi_core.milter.limits.tally import Refused
from omi_core.milter.mail import RefusedMailError
from omi_core.text import Text

POLICY_LATER = "4.7.1"  # delivery not authorized, for now; RFC 3463 3.8
TOO_MANY_RECIPIENTS = "5.5.3"
TOO_LARGE = "5.3.4"  # message too big for system

_UNTIL = Text("; try again after {until}")
_WHEN_ONE_ENDS = Text("; try again when one of them has ended")
_SAID = {
    "mails_per_minute": Text("{most} mails a minute are allowed for {name} and {used} were sent"),
    "mails_per_hour": Text("{most} mails an hour are allowed for {name} and {used} were sent"),
    "mails_per_day": Text("{most} mails a day are allowed for {name} and {used} were sent"),
    "recipients_per_minute": Text(
        "{most} recipients a minute are allowed for {name}, {used} were written to and this mail"
        " has {count}"
    ),
    "recipients_per_hour": Text(
        "{most} recipients an hour are allowed for {name}, {used} were written to and this mail"
        " has {count}"
    ),
    "recipients_per_day": Text(
        "{most} recipients a day are allowed for {name}, {used} were written to and this mail"
        " has {count}"
    ),
    "new_recipients_per_day": Text(
        "{most} recipients a day that were never written to before are allowed for {name}, and"
        " {used} were written to"
    ),
    "sessions": Text("{most} sessions at once are allowed for {name} and {used} are open"),
}
_RECIPIENTS = Text(
    "{most} recipients {window} are allowed for {name} and this mail has {count}; send it to"
    " fewer at once"
)
_SIZE = Text("{most} octets a mail are allowed for {name} and this one has {used}")
_WINDOWS = {
    "recipients_per_minute": Text("a minute"),
    "recipients_per_hour": Text("an hour"),
    "recipients_per_day": Text("a day"),
}


class OverLimitError(RefusedMailError):
    """The mail may come again: a limit is used up for now."""

    code = "450"


class TooLargeMailError(RefusedMailError):
    """The mail has more octets than its account's mails may have."""

    code = "552"


def over_limit(
    refused: Refused, limits: SendLimits, name: str, recipients: int, zone: tzinfo
) -> OverLimitError:
    """Return the refusal of a mail of so many recipients by a limit of whoever `name` is."""
    limit = COUNTED[refused.limit]
    said = _SAID[limit].format(
        most=getattr(limits, limit), name=name, used=refused.used, count=recipients
    )
    ending = _UNTIL.format(until=moment(refused.until, zone)) if refused.until else _WHEN_ONE_ENDS
    return OverLimitError(POLICY_LATER, Text.joined([said, ending], Text.plain("")))


def raise_if_never_taken(limits: SendLimits, name: str, recipients: int, octets: int) -> None:
    """Raise RefusedMailError for a mail that no waiting makes right: too large, too many in one."""
    if limits.message_size and octets > limits.message_size:
        raise TooLargeMailError(TOO_LARGE, _SIZE, most=limits.message_size, name=name, used=octets)
    for limit, window in _WINDOWS.items():
        most = getattr(limits, limit)
        if most and recipients > most:
            said = _RECIPIENTS.format(most=most, window=window, name=name, count=recipients)
            raise RefusedMailError(TOO_MANY_RECIPIENTS, said)


def moment(seconds: int, zone: tzinfo) -> str:
    """Return a moment as people on the platform read it: `2026-11-28 18:00 +0800`."""
    return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M %z")
