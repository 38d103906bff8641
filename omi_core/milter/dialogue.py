"""What one mail server's process says over one connection, and what it is answered: pure.

Everything but the end of a message goes unanswered (SMFIP_NR_...), which saves a wait for each
header field, so that a mail costs one question and one answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from omi_core.message.fields import Field
from omi_core.milter import packet
from omi_core.milter.mail import Changes, Envelope, SubmittedMail
from omi_core.milter.packet import Actions, Command, MacroStage, Packet, PacketError, Steps

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
    | Steps.END_OF_FIELDS_UNANSWERED
    | Steps.BODY_UNANSWERED
    | Steps.LEADING_SPACE
)
_LOGIN = "auth_authen"
_QUEUE_ID = "i"
_MACROS = {MacroStage.MAIL: f"{{{_LOGIN}}}", MacroStage.END_OF_MESSAGE: _QUEUE_ID}


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

    def told(self, said: Packet) -> bytes | SubmittedMail | None:
        """Take a packet; return an answer, or the whole mail where a verdict is asked for.

        Raises PacketError where a packet is not one, or is out of place.
        """
        match said.command:
            case Command.OFFER:
                return self._offered(said.data)
            case Command.END_OF_MESSAGE:
                return self._whole(said.data)
            case Command.ABORT:
                self._mail = None
            case Command.QUIT:
                self.is_over = True
            case Command.QUIT_AND_GO_ON:
                self._mail, self._macros = None, {}
            case command:
                self._take(command, said.data)
        return None

    def _take(self, command: Command, data: bytes) -> None:
        """Take a part of a mail; what was not asked for is passed over."""
        match command:
            case Command.MACROS:
                self._macros |= packet.read_macros(data)
            case Command.MAIL:
                self._begin(data)
            case Command.RCPT:
                self._recipient(data)
            case Command.FIELD:
                self._field(data)
            case Command.BODY:
                self._piece(data)

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
        name, value = packet.read_field(data)
        mail.header_octets += len(data)
        if len(mail.fields) >= MOST_FIELDS or mail.header_octets > LONGEST_HEADER:
            raise PacketError("too long a header")
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
