"""Certificates from an ACME server (RFC 8555), validated by dns-01 over our own DNS service.

What a run with nothing to do needs is here; `acme_order` has the rest, and imports the library.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from omi_core.dns.agreement import authoritative_servers
from omi_core.dns.provider import Provider
from omi_core.dns.publishing import Servers
from omi_core.issuers import Acme
from omi_core.tls import caa
from omi_core.tls.acme_journal import Journal
from omi_core.tls.chain import Chain, utc_now
from omi_core.tls.dns01 import require_zones
from omi_core.tls.errors import IssuanceError
from omi_core.tls.issuing import Request
from omi_core.tls.looked import fingerprint

if TYPE_CHECKING:
    from omi_core.tls.acme_order import Orders


def _ignore(_: str) -> None:
    """Say nothing."""


@dataclass(kw_only=True)
class AcmeIssuer:
    """The account of `settings`, and the DNS service that proves its names. Is an `Issuer`.

    `servers` finds the authoritative servers that must all serve a validation record first.
    """

    settings: Acme
    provider: Callable[[], Provider]
    progress: Callable[[str], None] = _ignore
    ask_caa: caa.Ask = caa.ask_dns
    servers: Servers = authoritative_servers
    journal: Journal = field(init=False)
    _orders: "Orders | None" = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.journal = Journal(directory=self.settings.directory)

    @property
    def mark(self) -> str:
        """The server, and the profile where there is one."""
        return f"acme {self.settings.url} {self.settings.profile}".strip()

    def issue(self, request: Request) -> Chain:
        """Take up the order of `request.place`, or make one, and bring it to its end."""
        provider = self.provider()
        require_zones(provider, request.names)
        with self.journal.alone():
            return self._connected().issue(request, provider)

    def is_under_way(self, place: str) -> bool:
        """Whether an order was begun and its certificate not yet seen to be served."""
        return self.journal.order_of(place) is not None

    def forget(self, place: str) -> None:
        """Forget the order."""
        self.journal.ended(place)

    def renew_at(self, chain: Chain) -> datetime | None:
        """Return what the CA said when it was asked last; it is asked as seldom as it wants."""
        known = self.journal.renewal(fingerprint(chain))
        if known is not None and utc_now() < known[1]:
            return known[0]
        if chain.leaf.not_valid_after_utc < utc_now():
            return None  # RFC 9773 4.3: an expired certificate is not asked for
        try:
            return self._connected().ask_renewal(chain)
        except (IssuanceError, OSError) as error:
            # A CA that is silent must not stop a run that has nothing to do.
            self.progress(f"when to renew could not be asked: {error}")
            return known[0] if known else None

    def _connected(self) -> "Orders":
        """Return the account's door to the server, one for the whole run."""
        from omi_core.tls.acme_order import Orders

        if self._orders is None:
            self._orders = Orders.connected(self)
        return self._orders
