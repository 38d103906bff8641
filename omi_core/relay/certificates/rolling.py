"""Certificates renewed one relay after the other, each proven by what its listeners serve.

The spare comes first. A relay whose listeners do not serve what was deployed gets its previous
certificate back, which is proven too, and the relays after it are not touched.
"""

import time
from collections.abc import Collection, Generator, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.certificates.chain import Chain
from omi_core.certificates.decision import HeldCertificates
from omi_core.engine import console, events
from omi_core.engine.converge import converge, steps
from omi_core.engine.given.key import switch
from omi_core.engine.given.run import is_set
from omi_core.engine.login import root
from omi_core.engine.prefetch import look
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays, this_relay
from omi_core.inventory.model import Relay
from omi_core.relay.certificates import component as tls
from omi_core.relay.listeners import ports_of, tls_ports_of
from omi_core.relay.own_process import omi
from omi_core.resolve.network import has_route

PATIENCE_S = 10.0  # until every process of Postfix that knows the former certificate is gone
PAUSE_S = 0.5
LOOK_S = 60
FORCE = switch("force")


def rolling(name: str) -> None:
    """Renew what is due on every relay, the last of the inventory first, and stop at a failure.

    `name` is said of each with its own. `--data force=true` renews what is not due, too.
    """
    for relay in host.loop(tuple(reversed(all_relays()))):
        # pyinfra types what an operation takes with keywords before *args.
        renewed(relay, name=f"{name} on {relay.name.relative}")  # type: ignore[call-arg]


@operation()
@refusing
def renewed(relay: Relay) -> Generator[PyinfraCommand]:
    """Renew the certificates of one relay if that is due; one command when it is not.

    Called for every row and does something on the relay's own: pyinfra goes on to the next
    operation, and so to the next relay, only when nobody has failed.
    """
    here = this_relay()
    if here is None or here.name != relay.name:
        console.noop(host, f"it is about {relay.name.relative}")
        return
    seen = look(host, tls.CertificateState)
    why = tls.why_due(relay, seen.held, force=is_forced())
    if why is None:
        wanted = tls.configured(seen.held.chains, relay, seen.held.mark)
        yield from converge(wanted, seen.component)
        return
    tls.say(why)
    chains = yield from tls.issued(relay, seen.held)
    mark = tls.issuer_for(relay.environment).mark
    yield from steps(tls.configured(chains, relay, mark))
    proof = Proof(relay=relay, chains=chains)
    yield FunctionCommand(_prove, (proof,), {})
    if proof.is_good:
        tls.settle(relay)
        events.report("renewed", relay=relay.name.relative, sha256=proof.leaves)
    else:
        yield from _back(relay, seen.held)


def is_forced() -> bool:
    """Whether `--data force=true` was given."""
    return is_set(FORCE)


def _back(relay: Relay, held: HeldCertificates) -> Generator[PyinfraCommand]:
    """Serve the certificate of before again, prove it, and fail all the same."""
    proof = Proof(relay=relay, chains=held.chains, word="again ")
    if held.chains:
        yield from steps(tls.configured(held.chains, relay, held.mark))
        yield FunctionCommand(_prove, (proof,), {})
    yield FunctionCommand(_fail, (proof,), {})


@dataclass(slots=True, kw_only=True)
class Proof:
    """What is to be proven, whether it was, and the SHA-256 of each leaf that is served."""

    relay: Relay
    chains: tuple[Chain, ...]
    word: str = ""
    is_good: bool = field(default=False, init=False)
    leaves: tuple[str, ...] = field(default=(), init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLeaf:
    """One listener: the SHA-256 of the leaf that it serves, or why nobody could see it."""

    place: str
    sha256: str
    problem: str = ""


def _prove(state: State, host: Host, proof: Proof) -> bool:  # noqa: ARG001 - pyinfra's signature
    """Look at every listener on every address until all serve one of the chains."""
    expected = {chain.fingerprint for chain in proof.chains}
    deadline = time.monotonic() + PATIENCE_S
    while True:
        seen = tuple(served(proof.relay, host))
        proof.is_good = all(one.sha256 in expected for one in seen)
        if proof.is_good or time.monotonic() > deadline:
            break
        time.sleep(PAUSE_S)
    proof.leaves = tuple(dict.fromkeys(one.sha256 for one in seen if one.sha256))
    for one in seen:
        good = one.sha256 in expected
        words = f"serves {one.sha256}" if one.sha256 else f"cannot be seen: {one.problem}"
        console.log_styled(host, f"{proof.word}{one.place} {words}", fg="green" if good else "red")
    return True


def served(relay: Relay, host: Host) -> Iterable[ServedLeaf]:
    """Return what each listener serves, seen from here, or else from the relay itself.

    From here is what customers see; but many networks let nobody out to port 25.
    """
    near = [address for address in relay.addresses if has_route(address)]
    found = list(from_here(relay, near))
    hidden = [one.place for one in found if not one.sha256]
    hidden += [f"{a} {port}" for a in relay.addresses if a not in near for port in ports_of(relay)]
    yield from (one for one in found if one.sha256)
    if hidden:
        yield from _from_the_relay(hidden, tls_ports_of(relay), host)


def from_here(
    relay: Relay, addresses: Collection[IPv4Address | IPv6Address]
) -> Iterable[ServedLeaf]:
    """Look with `omi cert check`; where that cannot be done, nothing was seen of any listener."""
    if not addresses:
        return
    name = relay.environment.public_names[0].relative
    at = f"--resolve={name}={','.join(map(str, addresses))}"
    answer = omi("cert", "check", [name, at], patience_s=LOOK_S)
    if answer.document is None:
        places = (f"{address} {port}" for address in addresses for port in ports_of(relay))
        yield from (ServedLeaf(place=place, sha256="", problem=answer.problem) for place in places)
        return
    for one in answer.document["places"]:
        place = f"{one['address']} {one['port']}"
        if one["certificate"]:
            yield ServedLeaf(place=place, sha256=one["certificate"]["sha256"])
        else:
            yield ServedLeaf(place=place, sha256="", problem=one["problem"]["en"])


LOOK_NEAR = """while read -r address port mode; do
    case $address in *:*) at="[$address]:$port" ;; *) at=$address:$port ;; esac
    leaf=$(timeout 10 openssl s_client -connect "$at" $mode < /dev/null 2> /dev/null |
        openssl x509 -noout -fingerprint -sha256 2> /dev/null | tr -d : | tr A-Z a-z)
    echo "$address $port ${leaf#*=}"
done"""


def _from_the_relay(
    places: Iterable[str], tls_ports: Collection[int], host: Host
) -> Iterable[ServedLeaf]:
    with_modes = (
        f"{place}\n" if int(place.split()[1]) in tls_ports else f"{place} -starttls smtp\n"
        for place in places
    )
    script = StringCommand("sh", "-c", QuoteString(LOOK_NEAR), _stdin="".join(with_modes))
    _, output = root.run(host, script)
    for line in output.stdout_lines:
        match line.split():
            case [address, port, sha256]:
                yield ServedLeaf(place=f"{address} {port} (from the relay itself)", sha256=sha256)
            case [address, port]:
                yield ServedLeaf(place=f"{address} {port}", sha256="", problem="no answer")


def _fail(state: State, host: Host, proof: Proof) -> bool:  # noqa: ARG001 - pyinfra's signature
    if not proof.chains:
        words = "the listeners do not serve the new certificate, and there was none before"
    elif proof.is_good:
        words = "the listeners did not serve the new certificate; the previous one is served again"
    else:
        words = "the listeners serve neither the new certificate nor, put back, the previous one"
    console.log_styled(host, f"tls: {words}; no relay after this one was touched", fg="red")
    return False
