"""What one mail server's process says over one connection, and what it is answered: pure.

Everything but the end of a message goes unanswered (SMFIP_NR_...), which saves a wait for each
header field, so that a mail costs one question and one answer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from omi_core.message.fields import Field
from omi_core.milter.daemon import packet
from omi_core.milter.daemon.packet import Actions, Command, MacroStage, Packet, PacketError, Steps
from omi_core.milter.mail import Changes, Envelope, SubmittedMail

MOST_FIELDS = 10_000  # of a header that is taken in; the policy refuses far fewer
LONGEST_HEADER = 4 << 20  # octets
MOST_RECIPIENTS = 100_000

ACTIONS = Actions.ADD_FIELDS | Actions.CHANGE_FIELDS | Actions.CHANGE_BODY | Actions.CHOOSE_MACROS
STEPS = (
    Steps.NO_CONNECT
    | Steps.NO_HELO
    | Steps.NO_UNKNOWN
    | Steps.NO_DATA
    | Steps.MAIL_UNANSWERED
    | Steps.RCPT_UNANSWERED
    | Steps.FIELD_UNANSWERED
    | Steps.NO_END_OF_FIELDS
    | Steps.BODY_UNANSWERED
    | Steps.LEADING_SPACE
)
_LOGIN = "auth_authen"
_QUEUE_ID = "i"
_KEPT = (_LOGIN, _QUEUE_ID)
# Postfix says the macros of a stage again for each field, and takes an empty list for its own.
_MACROS = dict.fromkeys(MacroStage, "{none}") | {
    MacroStage.MAIL: f"{{{_LOGIN}}}",
    MacroStage.END_OF_MESSAGE: _QUEUE_ID,
}


@dataclass(slots=True)
class _Coming:
    """A mail that is being told."""

    login: str
    sender: str
    recipients: list[str] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)
    header_octets: int = 0
    body_octets: int = 0


Question = bytes | SubmittedMail | None
_Taking = Callable[["Dialogue", bytes], Question]


class Dialogue:
    """The state of a connection. `most` is the octets that a body may have."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._macros: dict[str, bytes] = {}
        self._mail: _Coming | None = None
        self.is_over = False
        self.queue_id = ""

    @property
    def held(self) -> int:
        """The octets of body and header that are in memory."""
        mail = self._mail
        return 0 if mail is None else mail.body_octets + mail.header_octets

    def told(self, said: Packet) -> Question:
        """Take a packet; return an answer, or the mail of which a verdict is asked.

        Raises PacketError where a packet is not one, or is out of place.
        """
        command, data = said
        take = self._TAKEN.get(command)
        return take(self, data) if take else None  # what was not asked for

    def _offered(self, data: bytes) -> bytes:
        offer = packet.read_offer(data)
        if offer.version < packet.VERSION or ACTIONS & ~offer.actions or STEPS & ~offer.steps:
            raise PacketError("a mail server that cannot do what is needed")
        return packet.wanted(ACTIONS, STEPS, _MACROS)

    def _begin(self, data: bytes) -> None:
        """Begin a mail; who logged in is said with it, so that no mail inherits a login."""
        login = self._macros.pop(_LOGIN, b"").decode("utf-8", "replace")
        sender = _address(packet.read_arguments(data)[0])
        self._mail = _Coming(login=login, sender=sender)

    def _current(self) -> _Coming:
        if self._mail is None:
            raise PacketError("a message without a sender")
        return self._mail

    def _recipient(self, data: bytes) -> None:
        mail = self._current()
        if len(mail.recipients) >= MOST_RECIPIENTS:
            raise PacketError("too many recipients")
        mail.recipients.append(_address(packet.read_arguments(data)[0]))

    def _field(self, data: bytes) -> None:
        mail = self._current()
        if len(mail.fields) >= MOST_FIELDS or mail.header_octets + len(data) > LONGEST_HEADER:
            return  # what is there is refused for good already; a closed connection would be 451
        mail.header_octets += len(data)
        name, value = packet.read_field(data)
        written = name.decode("ascii", "backslashreplace").rstrip(" \t")
        mail.fields.append(Field(name=written, value=value))

    def _piece(self, data: bytes) -> None:
        mail = self._current()
        mail.body_octets += len(data)
        if mail.body_octets > self._most:
            raise PacketError("too long a body")
        mail.body.append(data)

    def _whole(self, data: bytes) -> SubmittedMail:
        if data:
            self._piece(data)
        mail, self._mail = self._current(), None
        self.queue_id = self._macros.pop(_QUEUE_ID, b"").decode("ascii", "replace")
        envelope = Envelope(login=mail.login, sender=mail.sender, recipients=tuple(mail.recipients))
        return SubmittedMail(envelope=envelope, fields=tuple(mail.fields), body=b"".join(mail.body))

    def _remember(self, data: bytes) -> None:
        if len(data) == 1:  # before each field
            return
        macros = packet.read_macros(data)
        self._macros |= {name: macros[name] for name in _KEPT if name in macros}

    def _abort(self, _: bytes) -> None:
        self._mail = None

    def _start_over(self, _: bytes) -> None:
        self._mail, self._macros = None, {}

    def _quit(self, _: bytes) -> None:
        self.is_over = True

    _TAKEN: ClassVar[Mapping[Command, _Taking]] = {
        Command.OFFER: _offered,
        Command.MACROS: _remember,
        Command.MAIL: _begin,
        Command.RCPT: _recipient,
        Command.FIELD: _field,
        Command.BODY: _piece,
        Command.END_OF_MESSAGE: _whole,
        Command.ABORT: _abort,
        Command.QUIT: _quit,
        Command.QUIT_AND_GO_ON: _start_over,
    }


def _address(written: bytes) -> str:
    return written.decode("utf-8", "replace").removeprefix("<").removesuffix(">")


def answer(made: Changes) -> Iterator[bytes]:
    """Yield the packets that make the changes, and let the mail go on."""
    for each in made.fields:
        yield packet.changed(each.name.encode(), each.number, each.value or b"")
    for one in made.added:
        yield packet.added(one.name.encode(), one.value)
    if made.body is not None:
        yield from packet.body(made.body)
    yield packet.CONTINUE
