"""What a reply can mean: the values, without the catalogue. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from omi_core.text import Text, labelled


class Turn(StrEnum):
    """Whose turn it is."""

    CUSTOMER = "customer"
    DNS_HOST = "dns-host"
    RECIPIENT = "recipient"
    OPERATOR = "operator"
    WAIT = "wait"

    @property
    def text(self) -> Text:
        """Who that is, as people say it."""
        return _TURNS[self]


_TURNS = {
    Turn.CUSTOMER: Text("for the customer to do"),
    Turn.DNS_HOST: Text("for whoever keeps the DNS of the sender's domain"),
    Turn.RECIPIENT: Text("for the recipient, or who runs the recipient's server"),
    Turn.OPERATOR: Text("for the operator of the relay"),
    Turn.WAIT: Text("to wait"),
}
_NOT_NAMED = Text("one that the server does not name")
_SEE = Text("{remedy}; see {page}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One meaning, under an id that stays; the text may have a brace for `listed` (a list)."""

    id: str
    turn: Turn
    text: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedReply:
    """What one reply means, with what was read from it; "" or None where it says nothing.

    `status` is the enhanced status code (RFC 3463), `receiver` the large receiver that it comes
    from, `listed` the block list's name, `page` where the receiver or the list explains it,
    `source` where it is documented. `is_particular` tells one receiver's own reply or a block
    list's from what any server may say.
    """

    meaning: Meaning
    code: int | None = None
    status: str = ""
    receiver: str = ""
    listed: str = ""
    page: str = ""
    source: str = ""
    is_particular: bool = False

    @property
    def text(self) -> Text:
        """What it means."""
        return self.meaning.text.format(listed=self.listed or _NOT_NAMED)

    @property
    def remedy(self) -> Text:
        """Whose turn it is, what to do, and the page that says more."""
        remedy = self.meaning.remedy
        if self.page:
            remedy = _SEE.format(remedy=remedy, page=self.page)
        return labelled(self.meaning.turn.text, remedy)

    def to_json(self) -> dict[str, object]:
        """Return what programs read; see cli/schemas/reply.json."""
        return {
            "id": self.meaning.id,
            "turn": self.meaning.turn.value,
            "text": self.text.to_json(),
            "remedy": self.remedy.to_json(),
            "code": self.code,
            "status": self.status or None,
            "receiver": self.receiver or None,
            "list": self.listed or None,
            "page": self.page or None,
            "source": self.source or None,
        }
