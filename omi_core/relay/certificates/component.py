"""The certificates of a relay: keys made on the host, chains from the issuer, all in one file.

Postfix reads keys and chains from `relay.pem`, so that one rename swaps them: with two files a
daemon that starts between the renames has a key that does not fit. A key never leaves the host;
what travels is the request, and the chain back.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.decision import HeldCertificates, Standard, why_issue
from omi_core.certificates.factory import issuer_of
from omi_core.certificates.issuer import Issuer, Request
from omi_core.engine import console
from omi_core.engine.component import BuiltFile, Component, ManagedFile
from omi_core.engine.component_state import ROOT, ComponentState, observe_script, parse_state
from omi_core.engine.converge import converge
from omi_core.engine.memory import RunMemory
from omi_core.engine.prefetch import FactQuery, look
from omi_core.engine.refusal import refusing
from omi_core.errors import InputError
from omi_core.inventory.issuers import KeyKind, ProvidedFiles
from omi_core.inventory.model import Environment, Relay
from omi_core.names import Fqdn
from omi_core.relay.certificates.request import (
    PENDING,
    RECEIVE_KEY,
    CertificateRequest,
    request_script,
)
from omi_core.smtp.listeners import TLS_PORTS
from omi_core.text import Text

CHAIN = "/etc/omi/tls/chain.pem"
SECOND_CHAIN = "/etc/omi/tls/chain-2.pem"
MARK = "/etc/omi/tls/issuer"
CHAIN_WITH_KEY = "/etc/omi/tls/relay.pem"
BEFORE = f"{ROOT}/tls/previous/tree{CHAIN_WITH_KEY}"

# The nth key of a file with all that follows it: certificates, up to the next key.
_PART = """part() {
    awk -v n="$2" '/BEGIN [A-Z ]*PRIVATE KEY/ { i++ } i == n' "$1" 2>/dev/null
}"""

# The key of a new certificate waits in PENDING; otherwise the one in use goes on being used, and
# on the way back the one before it.
BUILD = f"""{_PART}
put() {{
    leaf=$(openssl x509 -in "$1" -noout -pubkey)
    for file in {PENDING}/pending.ecdsa.key {PENDING}/pending.rsa.key {CHAIN_WITH_KEY} {BEFORE}; do
        for n in 1 2; do
            if test "$(part $file $n | openssl pkey -pubout 2>/dev/null)" = "$leaf"; then
                part $file $n | openssl pkey
                cat "$1"
                return
            fi
        done
    done
    echo 'no private key on this host fits the certificate' >&2
    exit 1
}}
: > "$STAGE{CHAIN_WITH_KEY}"
for chain in {CHAIN} {SECOND_CHAIN}; do
    ! test -f "$STAGE$chain" || put "$STAGE$chain" >> "$STAGE{CHAIN_WITH_KEY}"
done"""

RELOAD = f"""if command -v postfix >/dev/null && postfix status 2>/dev/null; then
    postfix reload
fi
rm -f {PENDING}/pending.*"""

# What counts is what the listener serves; before Postfix runs there is nothing to compare. The
# text of a certificate is the same in the chain's file and in s_client's output (RFC 7468, 3).
HEALTH = f"""ss -Hltn 'sport = :{TLS_PORTS[0]}' | grep -q . || exit 0
served=$(timeout 5 openssl s_client -connect localhost:{TLS_PORTS[0]} -no-CAfile -no-CApath \
    -no-CAstore </dev/null 2>/dev/null | sed -n '/BEGIN CERT/,/END CERT/p')
for chain in {CHAIN} {SECOND_CHAIN}; do
    ! test -f $chain || test "$(sed '/END CERT/q' $chain)" != "$served" || exit 0
done
exit 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCertificates:
    """The chains in the file that Postfix serves, and the state of the component that put it."""

    held: HeldCertificates
    component: ComponentState


# A chain whose key is lost or another's is none: nothing could be built of it.
CERTIFICATES = f"""{_PART}
for n in 1 2; do
    pem=$(part {CHAIN_WITH_KEY} $n)
    test -n "$pem" || continue
    key=$(echo "$pem" | openssl pkey -pubout 2>/dev/null) || continue
    leaf=$(echo "$pem" | openssl x509 -noout -pubkey 2>/dev/null)
    test "$key" = "$leaf" || continue
    echo "chain $n"
    echo "$pem" | sed -n '/BEGIN CERT/,/END CERT/p'
done
! test -f {MARK} || echo "issuer $(cat {MARK})"
"""


class CertificateState(FactBase[ServedCertificates]):
    """Chains and component in one command; keys are compared on the host and stay there."""

    def command(self) -> StringCommand:
        """Print the certificates of `relay.pem` that have their key, then the component's lines."""
        paths = (CHAIN_WITH_KEY, CHAIN, SECOND_CHAIN, MARK)
        return StringCommand(f"{CERTIFICATES}{observe_script('tls', paths)}")

    @staticmethod
    def default() -> ServedCertificates:
        """No certificate."""
        return ServedCertificates(
            held=HeldCertificates(chains=(), mark=""), component=parse_state([])
        )

    def process(self, output: list[str]) -> ServedCertificates:
        """Split chains and mark from the component's lines."""
        starts = [at for at, line in enumerate(output) if line.startswith("chain ")]
        parts = [output[a:b] for a, b in zip(starts, [*starts[1:], len(output)], strict=False)]
        chains = tuple(chain for part in parts if (chain := _chain(part)) is not None)
        marks = [line.removeprefix("issuer ") for line in output if line.startswith("issuer ")]
        held = HeldCertificates(chains=chains, mark=marks[0] if marks else "")
        return ServedCertificates(held=held, component=parse_state(output))


FACT_QUERY = FactQuery(fact=CertificateState)


def _chain(lines: Iterable[str]) -> Chain | None:
    try:
        return Chain.parse("\n".join(lines).encode())
    except InputError:
        return None


@operation()
@refusing
def certificate(relay: Relay) -> Generator[PyinfraCommand]:
    """Give the relay certificates that cover every public name; one command when it has them."""
    seen = look(host, CertificateState)
    why = why_due(relay, seen.held)
    if why is None:
        yield from converge(configured(seen.held.chains, relay, seen.held.mark), seen.component)
        return
    say(why)
    chains = yield from issued(relay, seen.held)
    mark = issuer_for(relay.environment).mark
    yield from converge(configured(chains, relay, mark), seen.component)
    settle(relay)


def say(why: str) -> None:
    """Log why a certificate is due, once: while preparing, or where nothing was prepared."""
    if not (state.is_executing and state.should_check_for_changes()):
        console.log(host, f"tls: {why}")


_issuers: RunMemory[Issuer] = RunMemory()


def issuer_for(environment: Environment) -> Issuer:
    """Return the issuer, one for the whole run: it remembers the CA's directory."""
    issuers = _issuers.now()
    if "issuer" not in issuers:
        issuers["issuer"] = issuer_of(environment, _log)
    return issuers["issuer"]


def _log(line: Text) -> None:
    """Log for the relay at work: the issuer is made for the first one, and serves all."""
    console.log(host, line.en)


def why_due(relay: Relay, held: HeldCertificates, *, force: bool = False) -> str | None:
    """Say why a certificate is due; the CA is asked when to renew, as seldom as it wants."""
    environment = relay.environment
    issuer = issuer_for(environment)
    kinds = _kinds(environment)
    standard = Standard(
        names=certificate_names(relay),
        kinds=kinds,
        mark=issuer.mark,
        renewals=tuple(issuer.renew_at(chain) for chain in held.chains),
        is_under_way=any(issuer.is_under_way(place(relay, kind)) for kind in kinds or ()),
        force=force,
    )
    return why_issue(held, standard, utc_now())


def issued(
    relay: Relay, held: HeldCertificates
) -> Generator[StringCommand, None, tuple[Chain, ...]]:
    """Make the keys on the host and return sound chains for them; nothing live is touched."""
    # Slow imports, which a relay whose certificates are not due never needs.
    from omi_core.certificates.issuers.files import ProvidedIssuer
    from omi_core.certificates.rules import CertificateRequirements, require_sound

    environment = relay.environment
    issuer = issuer_for(environment)
    names = certificate_names(relay)
    if isinstance(issuer, ProvidedIssuer):
        chain = issuer.issue(Request(place=place(relay, "provided"), names=names, pem=b""))
        key = issuer.private_key.unmask()
        yield StringCommand("sh", "-c", QuoteString(RECEIVE_KEY), _stdin=key)
        return (chain,)
    chains: tuple[Chain, ...] = ()
    for kind in environment.certificates.keys:
        yield StringCommand("sh", "-c", QuoteString(request_script(kind, names)))
        request = Request(
            place=place(relay, kind),
            names=names,
            pem=host.get_fact(CertificateRequest, kind=kind.value),
            replaces=held.chains[0] if len(held.chains) == 1 else None,
        )
        chain = issuer.issue(request)
        wanted = CertificateRequirements(names=names, key=request.public_key)
        require_sound(f"what {issuer.mark.split()[0]} issued", chain, wanted, utc_now())
        chains = (*chains, chain)
    return chains


def settle(relay: Relay) -> None:
    """Let the issuer forget what was under way."""
    issuer = issuer_for(relay.environment)
    for kind in _kinds(relay.environment) or ():
        issuer.forget(place(relay, kind))


def _kinds(environment: Environment) -> tuple[KeyKind, ...] | None:
    provided = isinstance(environment.issuer, ProvidedFiles)
    return None if provided else environment.certificates.keys


def place(relay: Relay, kind: str) -> str:
    """Return what an order is called: the relay, and the kind of its key."""
    return f"{relay.name.relative}.{kind}"


def certificate_names(relay: Relay) -> tuple[Fqdn, ...]:
    """Every public name, and the host's own: any relay can stand in for any other.

    With provided files the public names alone: nobody buys one for a host's own name.
    """
    public = relay.environment.public_names
    if isinstance(relay.environment.issuer, ProvidedFiles):
        return public
    return tuple(dict.fromkeys((*public, relay.name)))


def configured(chains: tuple[Chain, ...], relay: Relay, mark: str) -> Component:
    """Return the component that serves `chains`, refused by its checker unless all names fit."""
    staged = dict(zip((CHAIN, SECOND_CHAIN), chains, strict=False))
    checks = (
        f'openssl x509 -in "$STAGE{path}" -noout -checkhost {name.relative} | grep -q "does match"'
        for path in staged
        for name in certificate_names(relay)
    )
    files = (ManagedFile(path=path, content=chain.pem) for path, chain in staged.items())
    return Component(
        name="tls",
        files=(*files, ManagedFile(path=MARK, content=f"{mark}\n".encode())),
        built=(BuiltFile(path=CHAIN_WITH_KEY, mode=0o600),),
        build=BUILD,
        check="\n".join(checks),
        reload=RELOAD,
        health=HEALTH,
    )
