"""Orders at an ACME server (RFC 8555 7.4): made or taken up again, proven, finished."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from acme import challenges, errors, messages
from acme.client import ClientV2, _renewal_info_path_component
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from josepy.json_util import field as json_field
from josepy.jwk import JWKEC

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.errors import IssuanceError
from omi_core.certificates.issuer import Request
from omi_core.certificates.issuers.acme import caa
from omi_core.certificates.issuers.acme.account import account_key, log_in
from omi_core.certificates.issuers.acme.context import AcmeContext
from omi_core.certificates.issuers.acme.dns01 import published, removed
from omi_core.certificates.issuers.acme.network import STRANGE, AcmeNetwork, answering
from omi_core.dns.providers.interface import Provider
from omi_core.names import Fqdn
from omi_core.text import Text

_ORDER_S = 120
_POLL_S = 0.5
_WITHOUT_A_WORD = timedelta(hours=6)
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(days=1)
_MOST_AUTHORIZATIONS = 100
_CESSATION = 5  # cessationOfOperation; RFC 5280 5.3.1
_TAKEN_UP = Text("{place}: the order of an earlier run is taken up again")
_VALIDATING = Text("dns-01 for {names}")
_DEAD = {messages.STATUS_INVALID, messages.STATUS_DEACTIVATED, messages.STATUS_REVOKED}


class NewOrder(messages.NewOrder):
    """An order that says which certificate it renews (RFC 9773 5), which acme does not know."""

    replaces: str = json_field("replaces", omitempty=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """One account, connected: `of` has its settings, its journal, and whom to tell."""

    of: AcmeContext
    key: JWKEC
    client: ClientV2

    @classmethod
    def connected(cls, of: AcmeContext) -> "Orders":
        """Read the account key and the server's directory (RFC 8555 7.1.1)."""
        key = account_key(of.settings)
        network = AcmeNetwork(key, of.settings.ca_file, of.progress)
        with answering(of.settings.url):
            directory = ClientV2.get_directory(of.settings.url, network)
        return cls(of=of, key=key, client=ClientV2(directory, network))

    def issue(self, request: Request, provider: Provider) -> Chain:
        """Bring the order of `request` to its end; raises what `answering` does."""
        with answering(self.of.settings.url):
            self._require_caa(request.names)
            chain = self._chain(request, provider)
            if chain.public_key != request.public_key:
                # The order of a run that was killed was for a key that is gone.
                self.of.journal.ended(request.place)
                chain = self._chain(request, provider)
            self._asked(chain)
            return chain

    def ask_renewal(self, chain: Chain) -> datetime | None:
        """Ask when to renew (RFC 9773), and remember the answer for as long as the CA says."""
        with answering(self.of.settings.url):
            return self._asked(chain)

    def revoke(self, chain: Chain) -> None:
        """Revoke a certificate (RFC 8555 7.6); raises what `answering` does."""
        with answering(self.of.settings.url):
            log_in(self.client, self.key, self.of.settings)
            try:
                self.client.revoke(chain.leaf, _CESSATION)
            except messages.Error as error:
                if error.code != "alreadyRevoked":
                    raise

    def _require_caa(self, names: tuple[Fqdn, ...]) -> None:
        own = (self.of.settings.caa_identity,) if self.of.settings.caa_identity else ()
        identities = own or tuple(self.client.directory.meta.caa_identities or ())
        if why := caa.why_forbidden(names, identities, self.of.ask_caa):
            raise IssuanceError(why)

    def _order(self, request: Request) -> messages.OrderResource:
        """Return the order to work on, remembered before anything is done for it."""
        log_in(self.client, self.key, self.of.settings)
        if url := self.of.journal.order_of(request.place):
            order = self._resumed(url, request)
            if order is not None:
                self.of.progress(_TAKEN_UP.format(place=request.place))
                return order
        self.of.journal.began(request.place, "")
        order = self._new_order(request)
        self.of.journal.began(request.place, order.uri)
        return order

    def _new_order(self, request: Request) -> messages.OrderResource:
        identifiers = [
            messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name.relative)
            for name in request.names
        ]
        wanted = {"identifiers": identifiers, "profile": self.of.settings.profile or None}
        replaces = self._replaces(request.replaces)
        try:
            response = _post_order(self.client, NewOrder(**wanted, replaces=replaces))
        except (messages.Error, errors.ConflictError):
            if replaces is None:
                raise
            # RFC 9773 5: what another account made, or was replaced before, cannot be named.
            response = _post_order(self.client, NewOrder(**wanted))
        return _order_in(self.client, response, response.headers["Location"], request.pem)

    def _replaces(self, chain: Chain | None) -> str | None:
        """Name the certificate in use, where the CA knows what that means and issued it."""
        if chain is None or "renewalInfo" not in self.client.directory.to_partial_json():
            return None
        if self.of.journal.renewal(chain.fingerprint) is None:
            return None
        try:
            return str(_renewal_info_path_component(chain.leaf))
        except (ValueError, TypeError, x509.ExtensionNotFound):
            return None

    def _resumed(self, url: str, request: Request) -> messages.OrderResource | None:
        """Return an order that can still be brought to its end for this request."""
        if urlsplit(url)[:2] != urlsplit(self.of.settings.url)[:2]:
            return None  # it was made at another CA
        try:
            response = self.client._post_as_get(url)  # noqa: SLF001 - acme cannot fetch an order
            order = _order_in(self.client, response, url, request.pem)
        except messages.Error:
            return None
        names = {one.value for one in order.body.identifiers}
        if order.body.status in _DEAD or names != {name.relative for name in request.names}:
            return None
        return order

    def _validate(self, order: messages.OrderResource, provider: Provider) -> None:
        """Prove every name that is not yet proven, all at once."""
        pending = list(_pending(order))
        names = [Fqdn.parse(one.value) for one in order.body.identifiers]
        if not pending:
            removed(provider, names)  # what a killed run may have left
            return
        tokens = {
            name: frozenset(
                challenge.chall.validation(self.key) for at, challenge in pending if at == name
            )
            for name in names
        }
        self.of.progress(_VALIDATING.format(names=", ".join(name.relative for name in names)))
        with published(provider, tokens, servers=self.of.servers, progress=self.of.progress):
            for _, challenge in pending:
                self.client.answer_challenge(challenge, challenge.chall.response(self.key))
            _await_authorizations(self.client, order)

    def _chain(self, request: Request, provider: Provider) -> Chain:
        order = self._order(request)
        self._validate(order, provider)
        deadline = datetime.now() + timedelta(seconds=_ORDER_S)  # noqa: DTZ005 - acme compares local time
        return Chain.parse(self.client.finalize_order(order, deadline).fullchain_pem.encode())

    def _asked(self, chain: Chain) -> datetime | None:
        """Ask when to renew, and remember the answer for as long as the CA says."""
        pem = chain.leaf.public_bytes(Encoding.PEM)
        try:
            at, ask_again = self.client.renewal_time(pem)
            ask_again = ask_again.astimezone(UTC)
        except (errors.ARIError, x509.ExtensionNotFound, *STRANGE):
            # RFC 9773 4.3.3: a certificate is not given up because of it. By 4.1 it is named by a
            # key identifier, which not every CA writes into what it issues.
            at, ask_again = None, utc_now() + _WITHOUT_A_WORD
        self.of.journal.will_renew(chain.fingerprint, at, _reasonable(ask_again))
        return at


def _reasonable(ask_again: datetime) -> datetime:
    """Return when to ask again: in a minute at the earliest, in a day at the latest.

    RFC 9773 4.3.1: whatever the CA says, which may be for ever, or long past.
    """
    now = utc_now()
    return min(max(ask_again, now + _SOONEST), now + _LATEST)


def _post_order(client: ClientV2, order: NewOrder) -> Any:
    """Send an order; acme's own new_order cannot say what is replaced."""
    return client._post(client.directory["newOrder"], order)  # noqa: SLF001


def _order_in(
    client: ClientV2, response: Any, url: str, request_pem: bytes
) -> messages.OrderResource:
    body = messages.Order.from_json(response.json())
    if len(body.authorizations) > _MOST_AUTHORIZATIONS:
        raise ValueError("each of them would be a question")
    authorizations = [
        client._authzr_from_response(client._post_as_get(one), uri=one)  # noqa: SLF001
        for one in body.authorizations
    ]
    return messages.OrderResource(
        body=body, uri=url, authorizations=authorizations, csr_pem=request_pem
    )


def _pending(order: messages.OrderResource) -> Iterator[tuple[Fqdn, messages.ChallengeBody]]:
    """Yield the dns-01 challenge of each name that is not proven; IssuanceError if it has none."""
    for authorization in order.authorizations:
        if authorization.body.status == messages.STATUS_VALID:
            continue
        name = Fqdn.parse(authorization.body.identifier.value)
        found = [c for c in authorization.body.challenges if isinstance(c.chall, challenges.DNS01)]
        if not found:
            raise IssuanceError("the CA offers no dns-01 for {name}", name=name.relative)
        yield name, found[0]


def _await_authorizations(client: ClientV2, order: messages.OrderResource) -> None:
    """Wait until the CA has looked at every name; raises errors.ValidationError."""
    deadline = time.monotonic() + _ORDER_S
    waiting, failed = list(order.body.authorizations), []
    while waiting:
        for url in tuple(waiting):
            if time.monotonic() > deadline:
                raise errors.TimeoutError
            seen = client._authzr_from_response(client._post_as_get(url), uri=url)  # noqa: SLF001
            if seen.body.status == messages.STATUS_PENDING:
                continue
            waiting.remove(url)
            if seen.body.status != messages.STATUS_VALID:
                failed.append(seen)
        if waiting:
            time.sleep(_POLL_S)
    if failed:
        raise errors.ValidationError(failed)
