"""What became of one mail that was sent by hand: who refused it, what that means, what to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from omi_core.certificates.chain import utc_now
from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS, FINE
from omi_core.findings.finding import Finding, FindingKind, has_errors
from omi_core.findings.verdict import Verdict
from omi_core.names import Address
from omi_core.probe.cell import Cell
from omi_core.probe.context import CheckContext, ProbeInputs
from omi_core.probe.observation import CellSeen, Conversation, Purpose, Step, rcpt_to
from omi_core.probe.probe import Expectation
from omi_core.probe.refusals import refusal_texts
from omi_core.probe.refusals.replies import refusal
from omi_core.probe.rules import connection, tls
from omi_core.probe.words import ended
from omi_core.smtp.fault import FaultKind
from omi_core.smtp.reply import Reply
from omi_core.smtp.trial_mail import TrialMail
from omi_core.text import Text

_BEFORE = (Step.BANNER, Step.EHLO, Step.STARTTLS, Step.EHLO_INSIDE, Step.AUTH, Step.MAIL)
_UNHEARD = {FaultKind.REFUSED, FaultKind.NO_ROUTE, FaultKind.SILENT}
# X509_V_ERR_... of OpenSSL, x509_vfy.h
_CERTIFICATES: dict[int, FindingKind] = {
    9: refusal_texts.CERTIFICATE_EXPIRED,
    10: refusal_texts.CERTIFICATE_EXPIRED,
    18: refusal_texts.CERTIFICATE_SELF_SIGNED,
    19: refusal_texts.CERTIFICATE_SELF_SIGNED,
    20: refusal_texts.CERTIFICATE_ISSUER,
    21: refusal_texts.CERTIFICATE_ISSUER,
    62: refusal_texts.CERTIFICATE_NAME,
    64: refusal_texts.CERTIFICATE_NAME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A conversation in which a mail was to be sent.

    `headers` are what is wrong with its control headers; `senders` what the account may send as,
    where an inventory says so.
    """

    cell: Cell
    mail: TrialMail
    conversation: Conversation
    headers: tuple[Finding, ...] = ()
    senders: Text | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the server took the message."""
        reply = self.conversation.replies.get(Step.SENT)
        return reply is not None and reply.is_positive

    @property
    def decisive(self) -> tuple[str, Reply] | None:
        """The step and the reply that decided: the first that refused, else that to the message.

        Where some recipients are refused and the others are not, it is the message's own.
        """
        replies = self.conversation.replies
        for step in (*_BEFORE, Step.RCPT, Step.DATA, Step.SENT):
            reply = replies.get(step)
            if reply is not None and (not reply.is_positive or step is Step.SENT):
                return step.value, reply
        return None

    @property
    def recipients(self) -> tuple[tuple[Address, Reply | None], ...]:
        """Each recipient, and what the server said of him; None where it was not asked."""
        replies = self.conversation.replies
        return tuple((one, replies.get(rcpt_to(one))) for one in self.mail.recipients)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the control headers first."""
        return (*self.headers, *self._refusals())

    @property
    def exit_code(self) -> int:
        """0 accepted for everybody, 1 refused or a wrong header, 3 could not connect."""
        fault = self.conversation.fault
        if not self.is_accepted and fault is not None and fault.kind in _UNHEARD:
            return COULD_NOT_LOOK
        is_fine = self.is_accepted and not has_errors(self.findings)
        return FINE if is_fine else FINDINGS

    @property
    def why_not(self) -> Text:
        """In a few words, why the mail was not accepted."""
        if self.decisive is not None and not self.decisive[1].is_positive:
            return Text.plain(str(self.decisive[1]))
        if self.conversation.fault is not None:
            return ended(self.conversation.fault)
        return next((one.text for one in self._refusals()), Text.plain("-"))

    def _refusals(self) -> tuple[Finding, ...]:
        subject, replies = self.cell.subject, self.conversation.replies
        refused = [reply for _, reply in self.recipients if reply and not reply.is_positive]
        decided = self.decisive
        if decided is not None and not decided[1].is_positive and decided[1] not in refused:
            refused.append(decided[1])
        told = (
            refusal(subject, one, sender=str(self.mail.sender), senders=self.senders)
            for one in refused
        )
        found = tuple({(one.id, one.observed): one for one in told}.values())
        if found or Step.SENT in replies:
            return found
        return tuple(self._of_session())

    def _of_session(self) -> Iterator[Finding]:
        """What the judges of `omi smtp verify` say of a session that did not come to the mail."""
        fault = self.conversation.fault
        if fault is not None and fault.kind is FaultKind.UNTRUSTED:
            kind = _CERTIFICATES.get(fault.verify_code, refusal_texts.CERTIFICATE_REFUSED)
            yield kind.of(self.cell.subject, observed=ended(fault))
            return
        verdict = next((one for one in self._verdicts() if one.finding is not None), None)
        if verdict is not None and verdict.finding is not None:
            yield verdict.finding

    def _verdicts(self) -> Iterator[Verdict]:
        seen = CellSeen(cell=self.cell, conversations={Purpose.LOOK: self.conversation})
        context = CheckContext(expectation=Expectation(), asked=ProbeInputs(), now=utc_now())
        for judge in (
            *(connection.port_open, connection.banner, connection.ehlo),
            *(tls.starttls_offered, tls.handshake),
        ):
            yield judge(seen, context)

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/smtp-send.json."""
        fault, decided = self.conversation.fault, self.decisive
        return {
            "host": self.cell.host,
            "port": self.cell.access.port,
            "security": self.cell.access.security.value,
            "accepted": self.is_accepted,
            "exit_code": self.exit_code,
            "step": decided[0] if decided else None,
            "reply": str(decided[1]) if decided else None,
            "number": decided[1].number if decided and self.is_accepted else None,
            "fault": fault.kind.value if fault else None,
            "recipients": [
                {
                    "address": str(address),
                    "accepted": self.is_accepted and reply is not None and reply.is_positive,
                    "reply": str(reply) if reply else None,
                }
                for address, reply in self.recipients
            ],
            "findings": [one.to_json() for one in self.findings],
            "seconds": round(self.conversation.seconds, 3),
            "transcript": [
                {"seconds": round(each.seconds, 4), "side": each.side.value, "text": each.text}
                for each in self.conversation.entries
            ],
        }
