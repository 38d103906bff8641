"""The records by which a CA sees that a name is ours (dns-01, RFC 8555 8.4).

Published through the project's DNS service and removed whatever happens. What an earlier run left
behind is recognised by its form and goes with the next order.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from omi_core.dns.agreement import authoritative_servers
from omi_core.dns.claim import BaseClaim
from omi_core.dns.errors import ZoneChangedError
from omi_core.dns.plan import Plan, Publication
from omi_core.dns.providers.interface import Provider, zone_of
from omi_core.dns.providers.manual import ManualProvider
from omi_core.dns.publishing import Servers, applied, planned
from omi_core.dns.record import Data, Record, Type
from omi_core.dns.safety import NO_LIMITS
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, OmiError, text_of
from omi_core.names import Fqdn
from omi_core.text import Text

TTL_S = 60
_TRIES = 4
_LEFT = Text("the validation records stay for now: {error}")
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{43}")  # RFC 8555 8.4: base64url of a SHA-256

Tokens = Mapping[Fqdn, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(BaseClaim):
    """Claims the tokens at one `_acme-challenge` name, and nothing else that stands there."""

    name: Fqdn
    tokens: frozenset[str]
    ttl: int = TTL_S

    @property
    def type(self) -> Type:
        """Always TXT (RFC 8555 8.4)."""
        return Type.TXT

    def owns(self, record: Record) -> bool:
        """Whether it has the form of a token, ours or one that a killed run left."""
        is_token = isinstance(record.data, Txt) and _TOKEN.fullmatch(record.data.octets)
        return record.name == self.name and bool(is_token)

    def wanted(self, owned: tuple[Record, ...], zone: Zone) -> tuple[Data, ...]:
        """Return the tokens."""
        del owned, zone
        return tuple(Txt.of(token) for token in sorted(self.tokens))


def challenge_name(name: Fqdn) -> Fqdn:
    """Return where the CA looks (RFC 8555 8.4)."""
    return name.child("_acme-challenge")


@contextmanager
def published(
    provider: Provider,
    tokens: Tokens,
    *,
    servers: Servers = authoritative_servers,
    progress: Callable[[Text], None],
) -> Iterator[None]:
    """Publish `tokens` by validated name, served by every authoritative server; then remove them.

    Raises what publishing raises. A record that cannot be removed is told to `progress`: the next
    order takes it away.
    """
    require_zones(provider, tokens)
    try:
        for plan in _plans(provider, tokens):
            _apply(plan, lambda made: applied(provider, made, servers=servers, progress=progress))
        yield
    finally:
        try:
            removed(provider, tokens)
        except OmiError as error:
            progress(_LEFT.format(error=text_of(error)))


def removed(provider: Provider, names: Iterable[Fqdn]) -> None:
    """Remove every token at `names`, whoever left it there."""
    nothing = dict.fromkeys(names, frozenset[str]())
    for plan in _plans(provider, nothing):
        _apply(plan, lambda made: provider.apply(made.zone, made.changes))


def require_zones(provider: Provider, names: Iterable[Fqdn]) -> None:
    """Raise InputError unless every name can be validated by writing into a zone."""
    if isinstance(provider, ManualProvider):
        raise InputError(
            "zones that are edited by hand cannot validate a certificate; use a DNS service, or"
            " internal_ca(...) or provided_files(...) as issuer"
        )
    for name in names:
        if zone_of(challenge_name(name), provider.zones()) is None:
            raise InputError(
                "{relative} is in no zone that may be written; name its zone in writable_zones",
                relative=challenge_name(name).relative,
            )


def _plans(provider: Provider, tokens: Tokens) -> Iterator[Callable[[], Plan]]:
    """Yield, a zone each, what makes its plan from the zone as it is then."""
    by_zone: dict[Fqdn, list[Validation]] = {}
    for name, values in tokens.items():
        claim = Validation(name=challenge_name(name), tokens=values)
        if zone := zone_of(claim.name, provider.zones()):
            by_zone.setdefault(zone, []).append(claim)
    for zone, claims in by_zone.items():
        wanted = Publication(zone=zone, claims=tuple(claims))
        yield lambda wanted=wanted: planned(provider, wanted, NO_LIMITS)  # type: ignore[misc]


def _apply(make: Callable[[], Plan], apply: Callable[[Plan], None]) -> None:
    """Apply a plan; somebody else's change in between only asks for another one."""
    for attempt in range(_TRIES):
        plan = make()
        plan.raise_if_unsafe()
        try:
            if plan.changes:
                apply(plan)
            break
        except ZoneChangedError:
            if attempt == _TRIES - 1:
                raise
