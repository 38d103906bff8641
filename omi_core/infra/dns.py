"""Publishing DNS from the control row: desired and observed become a plan, the plan is applied.

It has a row of its own in the inventory, because what runs "once" on whichever relay comes first
runs nowhere when that relay has failed.
"""

from collections.abc import Generator

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.dns.dkim import DkimKey
from omi_core.dns.plan import Plan, plan
from omi_core.dns.provider import Provider
from omi_core.dns.publication import Operator, RelayAddress, SenderDomain, publications
from omi_core.errors import OmiError
from omi_core.infra import dkim
from omi_core.infra.dkim_keys import HostKeys, KeyName, all_selectors
from omi_core.infra.inventory import all_relays, this_control
from omi_core.infra.refusal import refusing
from omi_core.names import Fqdn
from omi_core.settings import Environment, Rfc2136


@operation()
@refusing
def records(environment: Environment) -> Generator[FunctionCommand]:
    """Publish what the relays and their sender domains need in every zone that may be written.

    Called for every row, although only the control row does anything: pyinfra orders operations
    by what comes before and after on the same host, and this one belongs between a relay's keys
    and its signer.
    """
    if this_control() is None:
        host.noop("DNS is published from the control row")
        return
    if environment.dns is None:
        host.noop("no DNS service is set; `omi dns records` prints what to enter")
        return
    provider = _provider(environment.dns, environment)
    plans = _plans(environment, provider)
    for line in (line for each in plans for line in each.lines()):
        host.log(line)
    if not plans:
        host.noop("every zone is as it should be")
        return
    for each in plans:
        yield FunctionCommand(_apply, (provider, each), {})


def operator(environment: Environment) -> Operator:
    """The operator's side of DNS: a public name that is no relay's own stands for all of them."""
    relays = {
        relay.name: RelayAddress(name=relay.name, ipv4=relay.ipv4, ipv6=relay.ipv6)
        for relay in all_relays()
    }
    aliases = (name for name in environment.public_names if name not in relays)
    return Operator(
        zone=environment.operator_zone,
        relays=tuple(relays.values()),
        public_names={name: tuple(relays.values()) for name in aliases},
    )


def sender_domain(domain: Fqdn, environment: Environment, held: list[HostKeys]) -> SenderDomain:
    """A sender domain with its public keys; of relays that disagree, the first one is right."""
    selectors = all_selectors(environment)
    keys = {
        selector: DkimKey.from_spki(keys[stem].public)
        for selector in selectors
        for keys in reversed(held)
        if (stem := KeyName(domain, selector).stem) in keys
    }
    return SenderDomain(name=domain, keys=keys, selectors=selectors)


def _plans(environment: Environment, provider: Provider) -> list[Plan]:
    by_relay = dkim.held(environment)
    held = [by_relay[name] for name in dkim.order() if name in by_relay]
    domains = [sender_domain(each, environment, held) for each in environment.sender_domains]
    wanted = publications(operator(environment), domains, provider.zones())
    plans = [plan(each, provider.read(each.zone, each.looks_at())) for each in wanted]
    for each in plans:
        each.raise_if_unsafe()
    return [each for each in plans if each]


def _provider(settings: Rfc2136, environment: Environment) -> Provider:
    from omi_core.dns import rfc2136
    from omi_core.dns.server import Server
    from omi_core.dns.tsig import TsigKey

    return rfc2136.Rfc2136(
        server=Server(host=str(settings.server), port=settings.port),
        key=TsigKey.read(settings.key_file),
        writable=environment.writable_zones or (environment.operator_zone,),
    )


def _apply(state: State, host: Host, provider: Provider, planned: Plan) -> bool:  # noqa: ARG001 - pyinfra passes both by name
    """Apply one plan; False, after one sentence, fails the control row without a traceback."""
    try:
        provider.apply(planned.zone, planned.changes)
    except OmiError as error:
        host.log_styled(str(error), fg="red")
        return False
    return True
