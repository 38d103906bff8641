"""What the policy says of a mail: as it is, with changes, or refused. Pure.

The order matters: who may say what is asked of the header as it came; what is then made right is
what leaves, and nothing changes it after the signature.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime, make_msgid

from omi_core.message.launch_time import platform_zone
from omi_core.milter import authorship, body, fields, traces
from omi_core.milter.accounts import Accounts
from omi_core.milter.control import ControlRules, controlled
from omi_core.milter.entity import Entity, content_type
from omi_core.milter.expiry import explained
from omi_core.milter.hops.hop import MailHop, MailHops, bound
from omi_core.milter.mail import Changes, Draft, RefusedMailError, SubmittedMail, changes
from omi_core.milter.suspension import raise_if_suspended

_TYPES = {"content-type", "content-transfer-encoding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPolicy:
    """What the relay's inventory says: its own name, and whether clients' addresses are hidden."""

    host: str
    hide_clients: bool = False
    control: ControlRules = field(default_factory=lambda: ControlRules(zone=platform_zone()))
    hops: MailHops = field(default_factory=MailHops)

    def control_for(self, hop: MailHop) -> ControlRules:
        """Return the rules of control headers for mail that goes there."""
        if hop.keeps_control == self.control.keeps:
            return self.control
        return replace(self.control, keeps=hop.keeps_control)


def judged(mail: SubmittedMail, accounts: Accounts, policy: RelayPolicy, now: datetime) -> Changes:
    """Return what is done to the mail; raises RefusedMailError.

    `now` (aware) is for a date that is missing.
    """
    raise_if_suspended(mail.envelope, accounts)
    charset = _charset(mail)
    draft = Draft.of(mail.fields)
    login = mail.envelope.login
    authorship.raise_unless_own(mail.envelope, draft, accounts, policy.host, charset)
    if not login:
        draft = bound(draft, policy.hops.own, policy.hops, login)
        return _notice(mail, draft, policy, now, charset)
    hop = policy.hops.called(accounts.transport(login))
    draft = authorship.without_other_authors(draft, mail.envelope, accounts)
    draft = controlled(draft, accounts.policy(login), policy.control_for(hop), now)
    draft = bound(draft, hop, policy.hops, login)
    if policy.hide_clients:
        draft = traces.without_clients(draft, policy.host, now)
    return _made_right(mail, draft, policy, now, charset)


def _notice(
    mail: SubmittedMail, draft: Draft, policy: RelayPolicy, now: datetime, charset: str
) -> Changes:
    """Return what is done to a notice of the host: what cannot be made right goes as it is.

    Postfix would make a bounce that is refused again and again, and keep the mail that bounced.
    """
    octets = explained(mail.body, policy.control.zone, now)
    try:
        made = _made_right(replace(mail, body=octets), draft, policy, now, charset)
    except RefusedMailError:
        made = changes(mail.fields, draft)
    if made.body is None and octets != mail.body:
        return replace(made, body=octets)
    return made


def _made_right(
    mail: SubmittedMail, draft: Draft, policy: RelayPolicy, now: datetime, charset: str
) -> Changes:
    draft = fields.conformant(draft, charset)
    if draft.came != mail.fields:  # From, too, may have become longer
        authorship.raise_if_long(draft)
    draft = _completed(draft, policy, now)
    draft, new_body = _with_body(draft, mail.body, charset)
    return changes(mail.fields, draft, new_body)


def _charset(mail: SubmittedMail) -> str:
    """Return what octets of the header are in that are not UTF-8: the charset of the body.

    As a rule nothing in the mail asks for it, and it is not looked up.
    """
    if mail.body.isascii() and all(each.value.isascii() for each in mail.fields):
        return "utf-8"
    for each in mail.fields:
        if each.name.lower() == "content-type":
            value = " ".join(each.value.decode("latin-1").split())
            return content_type(value).charset or "utf-8"
    return "utf-8"


def _completed(draft: Draft, policy: RelayPolicy, now: datetime) -> Draft:
    """Return the header with what RFC 5322 3.6 requires, and what RFC 2045 4 does."""
    names = {each.name.lower() for each in draft}
    if "date" not in names:
        draft = draft.with_field("Date", format_datetime(now))
    if "message-id" not in names:
        draft = draft.with_field("Message-ID", make_msgid(domain=policy.host))
    if names & _TYPES and "mime-version" not in names:
        draft = draft.with_field("MIME-Version", "1.0")
    return draft


def _with_body(draft: Draft, octets: bytes, charset: str) -> tuple[Draft, bytes | None]:
    """Return the header that belongs to the conformant body, and that body; None as it was."""
    if body.is_blank(octets):
        return draft, b"\r\n"
    if not body.needs_change(octets):
        return draft, None
    made = body.conformant(Entity(fields=tuple(draft), body=octets), charset)
    return draft.rewritten(made.fields), made.body
