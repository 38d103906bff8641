"""What is done to a mail for the next hop that it takes: the mark that binds it, and the login.

The policy daemon alone decides where a mail goes, and writes that into a header of its own. The
signer leaves a mail unsigned, and Postfix sends it to the engine, by the same header; it is taken
off on the way out. Nobody else can write it: what came under its name is removed. Decision 50.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from omi_core.milter.mail import Draft

MARK = "X-Omi-Next-Hop"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHop:
    """A next hop: its Postfix service, "" for the recipients' MX hosts.

    `keeps_control` says that it reads the control headers; `account_header` is the header that
    tells it the account's login, "" for none.
    """

    transport: str = ""
    keeps_control: bool = False
    account_header: str = ""


MX_HOSTS = MailHop()


@dataclass(frozen=True, kw_only=True)
class MailHops:
    """The relay's `own` next hop, and every one by its transport."""

    own: MailHop = MX_HOSTS
    known: Mapping[str, MailHop] = field(default_factory=dict)

    def called(self, transport: str | None) -> MailHop:
        """Return what an account's entry names, None for the relay's own.

        Raises LookupError for one that is not known, of which a reload may still be under way.
        """
        if transport is None:
            return self.own
        if not transport:
            return MX_HOSTS
        return self.known[transport]

    @cached_property
    def reserved(self) -> frozenset[str]:
        """The names, in lower case, of the headers that nobody else may write."""
        headers = {hop.account_header.lower() for hop in self.known.values()}
        return frozenset({MARK.lower(), *headers} - {""})


def bound(draft: Draft, hop: MailHop, hops: MailHops, login: str) -> Draft:
    """Return the header with the mark of its next hop, and the login where that asks for it.

    `login` is "" for a program of the host itself.
    """
    made = draft
    if any(each.name.lower() in hops.reserved for each in draft):
        made = draft.mapped(lambda each: None if each.name.lower() in hops.reserved else each)
    if hop.transport:
        made = made.with_field(MARK, hop.transport)
    if hop.account_header and login:
        made = made.with_field(hop.account_header, login)
    return made
