"""The certificate of a relay: key made on the host, chain from the issuer, both in one file.

Postfix reads key and chain from `relay.pem`, so that one rename swaps both: with two files a
daemon that starts between the renames has a key that does not fit. The key never leaves the host;
what travels is the request, and the chain back.
"""

from collections.abc import Generator
from dataclasses import dataclass

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.errors import InputError
from omi_core.infra.component import (
    BuiltFile,
    Component,
    ComponentState,
    ManagedFile,
    become,
    observe_script,
    parse_state,
)
from omi_core.infra.refusal import refusing
from omi_core.names import Fqdn
from omi_core.settings import Relay
from omi_core.tls.chain import Chain, utc_now, why_replace
from omi_core.tls.internal_ca import InternalCaFiles

CHAIN = "/etc/omi/tls/chain.pem"
CHAIN_WITH_KEY = "/etc/omi/tls/relay.pem"
PENDING = "/var/lib/omi/tls"

# The key of a new certificate waits in PENDING; otherwise the one in use goes on being used.
BUILD = f"""leaf=$(openssl x509 -in "$STAGE{CHAIN}" -noout -pubkey)
for key in {PENDING}/pending.key {CHAIN_WITH_KEY}; do
    if test "$(openssl pkey -in $key -pubout 2>/dev/null)" = "$leaf"; then
        {{ openssl pkey -in $key; cat "$STAGE{CHAIN}"; }} > "$STAGE{CHAIN_WITH_KEY}"
        exit 0
    fi
done
echo 'no private key on this host fits the certificate' >&2
exit 1"""

RELOAD = f"""if command -v postfix >/dev/null && postfix status 2>/dev/null; then
    postfix reload
fi
rm -f {PENDING}/pending.key {PENDING}/pending.csr"""

# What counts is what the listener serves; before Postfix runs there is nothing to compare.
HEALTH = f"""command -v postfix >/dev/null && postfix status 2>/dev/null || exit 0
ss -Hltn 'sport = :465' | grep -q . || exit 0
served=$(timeout 5 openssl s_client -connect localhost:465 </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256)
test "$served" = "$(openssl x509 -in {CHAIN_WITH_KEY} -noout -fingerprint -sha256)\""""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCertificate:
    """The chain in the file that Postfix serves, and the state of the component that put it."""

    chain: Chain | None
    component: ComponentState


# A chain whose key is lost or another's is none: nothing could be built of it.
CERTIFICATES = f"""if test "$(openssl pkey -in {CHAIN_WITH_KEY} -pubout 2>/dev/null)" = \
    "$(openssl x509 -in {CHAIN_WITH_KEY} -noout -pubkey 2>/dev/null)"; then
    sed -n '/BEGIN CERT/,/END CERT/p' {CHAIN_WITH_KEY} 2>/dev/null
fi"""


class CertificateState(FactBase[ServedCertificate]):
    """Chain and component in one command; the key is compared on the host and stays there."""

    def command(self) -> StringCommand:
        """Print the certificates of `relay.pem`, then the lines of the component."""
        return StringCommand(f"{CERTIFICATES}; {observe_script('tls', (CHAIN_WITH_KEY, CHAIN))}")

    @staticmethod
    def default() -> ServedCertificate:
        """No certificate."""
        return ServedCertificate(chain=None, component=parse_state([]))

    def process(self, output: list[str]) -> ServedCertificate:
        """Split the PEM blocks from the component's lines."""
        ends = [index for index, line in enumerate(output) if line.startswith("-----END")]
        split = ends[-1] + 1 if ends else 0
        return ServedCertificate(
            chain=_chain("\n".join(output[:split]).encode()), component=parse_state(output[split:])
        )


def _chain(pem: bytes) -> Chain | None:
    try:
        return Chain.parse(pem)
    except InputError:
        return None


class CertificateRequest(FactBase[bytes]):
    """The pending request in PEM; public by nature."""

    def command(self) -> StringCommand:
        """Read the file that `request_script` wrote."""
        return StringCommand(f"cat {PENDING}/pending.csr")

    def process(self, output: list[str]) -> bytes:
        """Join the lines."""
        return "\n".join(output).encode()


@operation()
@refusing
def certificate(relay: Relay) -> Generator[StringCommand]:
    """Give the relay a certificate that covers every public name; one command when it has one."""
    names = certificate_names(relay)
    seen: ServedCertificate = host.get_fact(CertificateState)
    issuer = InternalCaFiles(relay.environment.issuer.directory)
    why = why_replace(seen.chain, names, utc_now())
    if why is None and seen.chain is not None and not seen.chain.issued_by(issuer.root):
        why = "the certificate is from another issuer"
    if why is None and seen.chain is not None:
        yield from become(configured(seen.chain, names), seen.component)
        return
    host.log(f"tls: {why}")
    yield StringCommand("sh", "-c", QuoteString(request_script(names)))
    chain = issuer.issue(host.get_fact(CertificateRequest), names)
    yield from become(configured(chain, names), seen.component)


def certificate_names(relay: Relay) -> tuple[Fqdn, ...]:
    """Every public name, and the host's own: any relay can stand in for any other."""
    return tuple(dict.fromkeys((*relay.environment.public_names, relay.name)))


def configured(chain: Chain, names: tuple[Fqdn, ...]) -> Component:
    """Return the component that serves `chain`, refused by its checker unless it covers `names`."""
    checks = (f'openssl x509 -in "$STAGE{CHAIN}" -noout -checkhost {n.relative}' for n in names)
    return Component(
        name="tls",
        files=(ManagedFile(path=CHAIN, content=chain.pem),),
        built=(BuiltFile(path=CHAIN_WITH_KEY, mode=0o600),),
        build=BUILD,
        check="\n".join(f"{line} | grep -q 'does match'" for line in checks),
        reload=RELOAD,
        health=HEALTH,
    )


def request_script(names: tuple[Fqdn, ...]) -> str:
    """Return the shell that makes a P-256 key, 0600 from its first byte, and a request for it."""
    alternative = ",".join(f"DNS:{name.relative}" for name in names)
    return f"""set -eu
umask 077
mkdir -p {PENDING}
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {PENDING}/pending.key
openssl req -new -key {PENDING}/pending.key -subj / -addext subjectAltName={alternative} \\
    -out {PENDING}/pending.csr"""
