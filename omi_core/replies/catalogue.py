"""Every meaning: what it is called, whose turn it is, and the words."""

from omi_core.replies.meaning import Meaning, Turn
from omi_core.text import Text


def _meaning(name: str, turn: Turn, text: Text, remedy: Text) -> Meaning:
    return Meaning(id=name, turn=turn, text=text, remedy=remedy)


_AUTHENTICATE = Text(
    "omi dns verify DOMAIN says which record is missing or wrong (SPF, DKIM, DMARC); publish it"
)
_RATE = Text(
    "the queue tries again by itself; if it lasts, find the account that sends too much"
    " (omi queue list --by account)"
)

# The address and the mailbox (RFC 3463 3.2, 3.3).
UNKNOWN_RECIPIENT = _meaning(
    "unknown-recipient",
    Turn.CUSTOMER,
    Text("the recipient's server does not know this address"),
    Text("correct the address, or take it from the list: sending again does not help"),
)
MAILBOX_DISABLED = _meaning(
    "mailbox-disabled",
    Turn.CUSTOMER,
    Text("the recipient's mailbox is there and is switched off"),
    Text("take the address from the list, and ask the recipient another way for a new one"),
)
MAILBOX_FULL = _meaning(
    "mailbox-full",
    Turn.RECIPIENT,
    Text("the recipient's mailbox is full"),
    Text("the recipient has to make room; sending again before that does not help"),
)
RECIPIENT_BUSY = _meaning(
    "recipient-busy",
    Turn.WAIT,
    Text("this recipient gets more mail than the receiver takes for one mailbox at a time"),
    Text("the queue tries again by itself; send this recipient fewer mails an hour"),
)
ADDRESS_INCOMPLETE = _meaning(
    "address-incomplete",
    Turn.CUSTOMER,
    Text("an address is not written in full, or not as addresses are"),
    Text("write it as name@example.com, without blanks, commas or full-width characters"),
)
ADDRESS_NOT_ASCII = _meaning(
    "address-not-ascii",
    Turn.CUSTOMER,
    Text("an address has letters outside ASCII, which this server does not take"),
    Text(
        "write the domain by its A-labels (xn--...); a mailbox whose own name is not ASCII cannot"
        " be written to from here"
    ),
)
NO_SUCH_DOMAIN = _meaning(
    "no-such-domain",
    Turn.CUSTOMER,
    Text("the recipient's domain does not exist in DNS, or names no server that takes mail"),
    Text("compare the domain letter by letter; if it is right, its owner has to mend its MX"),
)
TAKES_NO_MAIL = _meaning(
    "takes-no-mail",
    Turn.CUSTOMER,
    Text("the domain says in DNS that it takes no mail at all (a null MX, RFC 7505)"),
    Text("take the address from the list: sending again does not help"),
)
SENDER_DOMAIN = _meaning(
    "sender-domain-unknown",
    Turn.DNS_HOST,
    Text("the receiver does not find the sender's domain in DNS, or finds that it takes no mail"),
    Text("give the sender's domain an MX or an address; omi dns verify DOMAIN looks at it"),
)

# Who may send (RFC 7372, RFC 7489).
UNAUTHENTICATED = _meaning(
    "unauthenticated",
    Turn.DNS_HOST,
    Text("the receiver wants SPF or DKIM to pass for the sender's domain, and they did not"),
    _AUTHENTICATE,
)
DMARC_REFUSED = _meaning(
    "dmarc-refused",
    Turn.DNS_HOST,
    Text("DMARC did not pass: neither SPF nor DKIM is of the domain that stands in From"),
    _AUTHENTICATE,
)

# Reputation.
LISTED = _meaning(
    "listed",
    Turn.OPERATOR,
    Text("the relay's address is on a block list: {listed}"),
    Text("stop what had it listed (an account that sends spam), then ask the list for removal"),
)
DOMAIN_LISTED = _meaning(
    "domain-listed",
    Turn.CUSTOMER,
    Text("a domain in the mail, or the sender's own, is on a block list: {listed}"),
    Text("look up the sender's domain and those of all links; clean the site, ask for removal"),
)
BLOCKED = _meaning(
    "blocked-by-receiver",
    Turn.OPERATOR,
    Text("the receiver has the relay's address on a block list of its own"),
    Text("stop what led to it (an account that sends spam), then ask the receiver for removal"),
)
LOW_REPUTATION = _meaning(
    "low-reputation",
    Turn.OPERATOR,
    Text(
        "the receiver has complaints about what this address or domain sends, or trusts it little"
    ),
    Text("find who sends what nobody asked for, and slow down to this receiver until it recovers"),
)
RATE_LIMITED = _meaning(
    "rate-limited",
    Turn.WAIT,
    Text("the receiver limits how much it takes from this address or domain in a time"),
    _RATE,
)
TOO_MANY_CONNECTIONS = _meaning(
    "too-many-connections",
    Turn.WAIT,
    Text("the server limits how many connections or mails it takes from one address at a time"),
    Text("send over fewer connections at once and more slowly; it is over after some minutes"),
)
GREYLISTED = _meaning(
    "greylisted",
    Turn.WAIT,
    Text("the receiver puts off every first mail of a sender it does not know (greylisting)"),
    Text("the queue tries again by itself, and the next attempt is usually taken"),
)
NO_PTR = _meaning(
    "no-ptr",
    Turn.OPERATOR,
    Text("the relay's address has no PTR record, or its name does not lead back to the address"),
    Text("have the address's owner set its PTR to the relay's name, and the name to the address"),
)
BAD_HELO = _meaning(
    "bad-helo",
    Turn.OPERATOR,
    Text("the receiver does not take the name that the relay greets with (EHLO)"),
    Text("set the relay's name to one that DNS knows and that leads to its address"),
)

# Rules and content.
CONTENT_REFUSED = _meaning(
    "content-refused",
    Turn.CUSTOMER,
    Text("the receiver takes the mail's content for spam, or for dangerous"),
    Text("change its links, attachments or wording; sending the same again makes it worse"),
)
RECIPIENT_POLICY = _meaning(
    "recipient-policy",
    Turn.RECIPIENT,
    Text("the recipient, or the recipient's organisation, does not take mail from this sender"),
    Text("the recipient has to allow the sender in the rules of the mailbox or the organisation"),
)
POLICY_REFUSED = _meaning(
    "policy",
    Turn.OPERATOR,
    Text("the server does not take this mail for good: a rule forbids it"),
    Text(
        "read the server's words: they name the rule (a block list, the content, a missing SPF or"
        " DKIM); omi dns verify DOMAIN looks at the sender's domain"
    ),
)
RELAY_REFUSED = _meaning(
    "relay-refused",
    Turn.RECIPIENT,
    Text("the server that DNS names for the recipient's domain takes no mail for it"),
    Text("the domain's owner has to mend its MX, or add the domain on that server"),
)
MALFORMED = _meaning(
    "message",
    Turn.CUSTOMER,
    Text("the mail itself has a fault for which not every receiver could read it"),
    Text("mend what the server's words name: the header, or the line of the body"),
)
TOO_LARGE = _meaning(
    "message-too-large",
    Turn.CUSTOMER,
    Text("the mail is larger than the server takes"),
    Text("send less: smaller attachments, or a link instead; files grow by a third in a mail"),
)
TOO_MANY_RECIPIENTS = _meaning(
    "too-many-recipients",
    Turn.CUSTOMER,
    Text("one mail has more recipients than the server takes at once"),
    Text("send to the others in a further mail"),
)

# The way there (RFC 3463 3.5).
TLS_REQUIRED = _meaning(
    "tls-required",
    Turn.OPERATOR,
    Text("the receiver takes mail only over TLS"),
    Text("let the relay use TLS to this receiver; the log says why it did not"),
)
NO_TLS = _meaning(
    "tls-not-possible",
    Turn.RECIPIENT,
    Text("TLS is required to this receiver, and its server offers none that can be trusted"),
    Text("who runs the receiver has to mend STARTTLS, the certificate or the TLSA record"),
)
UNREACHABLE = _meaning(
    "unreachable",
    Turn.WAIT,
    Text("the receiver's server does not answer"),
    Text("the queue tries again by itself; if it lasts, see whether others can reach that server"),
)
CONNECTION_LOST = _meaning(
    "connection-lost",
    Turn.WAIT,
    Text("the receiver's server ended the connection before it said whether it takes the mail"),
    Text("the queue tries again by itself; if it lasts, ask who runs that server"),
)
DNS_TROUBLE = _meaning(
    "dns-not-answered",
    Turn.WAIT,
    Text("DNS gave no answer about the recipient's domain"),
    Text("the queue tries again by itself; if it lasts, the domain's DNS servers are at fault"),
)
MAIL_LOOP = _meaning(
    "mail-loop",
    Turn.RECIPIENT,
    Text("the mail goes in a circle: it has passed too many servers, or comes back to the relay"),
    Text("find the forwarding or the MX that sends it back, and take it away"),
)
RECEIVER_BUSY = _meaning(
    "service",
    Turn.WAIT,
    Text("the server ends its service for now; nothing is wrong with the mail"),
    Text("try again in some minutes; if that lasts, ask whoever runs the server"),
)
NOT_UNDERSTOOD = _meaning(
    "command",
    Turn.OPERATOR,
    Text("the server does not understand what the program said"),
    Text("look for a typing error in addresses; something between may also change the session"),
)

# Where only the class of the code says anything (RFC 5321 4.2.1).
TAKEN = _meaning(
    "taken", Turn.WAIT, Text("the server has taken the mail"), Text("nothing has to be done")
)
LATER = _meaning(
    "later",
    Turn.WAIT,
    Text("the server cannot take the mail now and asks to try again later"),
    Text("send it again in some minutes: a mail server does so, a program of yours has to as well"),
)
REFUSED = _meaning(
    "for-good",
    Turn.CUSTOMER,
    Text("the server refuses for good"),
    Text("read the server's words; sending the same again does not help"),
)
UNREAD = _meaning(
    "not-known",
    Turn.OPERATOR,
    Text("the catalogue does not know this reason"),
    Text("read the words themselves; the relay's log has what came before"),
)
