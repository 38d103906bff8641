"""Certificates from an ACME server (RFC 8555), validated by dns-01 over our own DNS service.

What a run with nothing to do needs is here; `order.py` has the rest, and imports the library.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.errors import IssuanceError
from omi_core.certificates.issuer import Request
from omi_core.certificates.issuers.acme.context import AcmeContext
from omi_core.certificates.issuers.acme.dns01 import require_zones
from omi_core.dns.providers.interface import Provider
from omi_core.errors import text_of
from omi_core.text import Text

_NOT_ASKED = Text("when to renew could not be asked: {error}")

if TYPE_CHECKING:
    from omi_core.certificates.issuers.acme.order import Orders


@dataclass(kw_only=True)
class AcmeIssuer(AcmeContext):
    """The account, and the DNS service that proves its names. Is an `Issuer`."""

    provider: Callable[[], Provider]

    @property
    def mark(self) -> str:
        """The server, and the profile where there is one."""
        return f"acme {self.settings.url} {self.settings.profile}".strip()

    def issue(self, request: Request) -> Chain:
        """Take up the order of `request.place`, or make one, and bring it to its end."""
        provider = self.provider()
        require_zones(provider, request.names)
        with self.journal.alone():
            return self._orders.issue(request, provider)

    def is_under_way(self, place: str) -> bool:
        """Whether an order was begun and its certificate not yet seen to be served."""
        return self.journal.order_of(place) is not None

    def forget(self, place: str) -> None:
        """Forget the order."""
        self.journal.ended(place)

    def revoke(self, chain: Chain) -> bool:
        """Revoke it at the CA (RFC 8555 7.6); True also where that was done before."""
        self._orders.revoke(chain)
        return True

    def renew_at(self, chain: Chain) -> datetime | None:
        """Return what the CA said when it was asked last; it is asked as seldom as it wants."""
        known = self.journal.renewal(chain.fingerprint)
        if known is not None and utc_now() < known[1]:
            return known[0]
        if chain.leaf.not_valid_after_utc < utc_now():
            return None  # RFC 9773 4.3: an expired certificate is not asked for
        try:
            return self._orders.ask_renewal(chain)
        except (IssuanceError, OSError) as error:
            # A CA that is silent must not stop a run that has nothing to do.
            self.progress(_NOT_ASKED.format(error=text_of(error)))
            return known[0] if known else None

    @cached_property
    def _orders(self) -> "Orders":
        """The account's door to the server, one for the whole run."""
        from omi_core.certificates.issuers.acme.order import Orders

        return Orders.connected(self)
