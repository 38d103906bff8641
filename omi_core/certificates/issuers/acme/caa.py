"""Whether a name's CAA records let a CA issue (RFC 8659), asked before there is an order."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from omi_core.errors import ObservationError
from omi_core.names import Fqdn

_CRITICAL = 128  # RFC 8659 4.1
_KNOWN = {"issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caa:
    """One property: flags, tag in lower case, value."""

    flags: int
    tag: str
    value: str


Ask = Callable[[Fqdn], tuple[Caa, ...]]


def why_forbidden(names: Iterable[Fqdn], identities: Collection[str], ask: Ask) -> str | None:
    """Say which name may not be certified by a CA that calls itself one of `identities`.

    Without identities, only what forbids every CA is seen. Raises what `ask` raises.
    """
    for name in names:
        place, found = relevant(name, ask)
        if reason := _why(found, identities):
            return (
                f"CAA at {place.relative} forbids this CA to certify {name.relative}: {reason};"
                f' add 0 issue "{next(iter(identities), "the CA")}" there'
            )
    return None


def relevant(name: Fqdn, ask: Ask) -> tuple[Fqdn, tuple[Caa, ...]]:
    """Return the record set that counts, the first one from the name upwards (RFC 8659 3)."""
    place = name
    while place.text != ".":
        if found := ask(place):
            return place, found
        place = place.parent
    return name, ()


def _why(found: tuple[Caa, ...], identities: Collection[str]) -> str:
    unknown = [one.tag for one in found if one.flags & _CRITICAL and one.tag not in _KNOWN]
    if unknown:
        return f"it has the critical property {unknown[0]}, which is unknown"
    issuers = [one.value.partition(";")[0].strip().lower() for one in found if one.tag == "issue"]
    allowed = [one for one in issuers if one]
    if not issuers or (allowed and not identities) or set(allowed) & {*identities}:
        return ""
    return f"it names {', '.join(allowed) or 'no CA'}"


def ask_dns(name: Fqdn) -> tuple[Caa, ...]:
    """Ask this machine's resolvers; ObservationError where they do not know (RFC 8659 3)."""
    import dns.exception
    import dns.resolver

    resolver = dns.resolver.Resolver()
    try:
        answer = resolver.resolve(name.text, "CAA", raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return ()
    except dns.exception.DNSException as error:
        fault = type(error).__name__
        raise ObservationError(
            "the CAA records of {name} cannot be looked up ({fault}); the CA would "
            "refuse for the same reason",
            name=name.relative,
            fault=fault,
        ) from None
    return tuple(
        Caa(flags=one.flags, tag=one.tag.decode().lower(), value=one.value.decode())
        for one in answer.rrset or ()
    )
