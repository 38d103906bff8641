"""Certificate requests (RFC 2986), made on the relay with keys that stay there."""

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase

from omi_core.inventory.issuers import KeyKind
from omi_core.names import Fqdn

PENDING = "/var/lib/omi/tls"


class CertificateRequest(FactBase[bytes]):
    """The pending request in PEM; public by nature."""

    def command(self, kind: str) -> StringCommand:
        """Read the file that `request_script` wrote."""
        return StringCommand("cat", QuoteString(f"{PENDING}/pending.{kind}.csr"))

    @staticmethod
    def default() -> bytes:
        """No request."""
        return b""

    def process(self, output: list[str]) -> bytes:
        """Join the lines."""
        return "\n".join(output).encode()


_OPTIONS = {
    KeyKind.ECDSA: "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    KeyKind.RSA: "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
}


def request_script(kind: KeyKind, names: tuple[Fqdn, ...]) -> str:
    """Return the shell that makes a key, 0600 from its first byte, and a request for it.

    A key that a killed run left is used: the order that it began is for that key.
    """
    alternative = ",".join(f"DNS:{name.relative}" for name in names)
    file = f"{PENDING}/pending.{kind}"
    return f"""set -eu
umask 077
# openssl says nothing where there is no room for what it writes.
full() {{
    rm -f {file}.*
    echo 'no key can be written to {PENDING}; is the disk full?' >&2
    exit 1
}}
mkdir -p {PENDING}
if ! openssl pkey -in {file}.key -noout 2>/dev/null; then
    openssl genpkey {_OPTIONS[kind]} -quiet -out {file}.new
    sync {file}.new
    openssl pkey -in {file}.new -noout 2>/dev/null || full
    mv {file}.new {file}.key
fi
openssl req -new -key {file}.key -subj / -addext subjectAltName={alternative} -out {file}.csr
openssl req -in {file}.csr -noout 2>/dev/null || full"""


# A bought key comes on standard input, and waits where a key made here would.
RECEIVE_KEY = f"""set -eu
umask 077
mkdir -p {PENDING}
cat > {PENDING}/pending.new
mv {PENDING}/pending.new {PENDING}/pending.ecdsa.key"""
