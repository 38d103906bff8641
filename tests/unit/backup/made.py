"""A backup of two domains, as two relays would give it."""

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from omi_core.backup.contents import Backup, ControlFile, KeptKey
from omi_core.names import Fqdn
from omi_core.secret import Secret

ZONE = Fqdn.parse("relay.example")
RELAYS = ("smtp.relay.example", "smtp2.relay.example")
MADE = 1_796_000_000


@cache
def private(number: int, selector: str) -> tuple[str, str]:
    """A key in PEM, and the SHA-256 of its public half."""
    del number  # another one for another number
    is_ed25519 = selector.endswith("e")
    key = (
        ed25519.Ed25519PrivateKey.generate()
        if is_ed25519
        else rsa.generate_private_key(public_exponent=65537, key_size=1024)
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return pem, sha256(public).hexdigest()


def key(domain: str, selector: str = "omi1", number: int = 0) -> KeptKey:
    pem, public = private(number, f"{domain}.{selector}")
    return KeptKey(
        domain=Fqdn.parse(domain),
        selector=selector,
        private=Secret(pem),
        public=public,
        marks={RELAYS[0]: {"proven": 5, "signed": MADE}, RELAYS[1]: {"signed": MADE}},
    )


def backup(*keys: KeptKey, zone: Fqdn = ZONE, relays: tuple[str, ...] = RELAYS) -> Backup:
    return Backup(
        made=MADE,
        inventory="relay.example",
        zone=zone,
        relays=relays,
        keys=keys or (key("relay.example"), key("shop.example"), key("shop.example", "omi2e")),
        files={ControlFile.CA_KEY: Secret("-----CA KEY-----\n"), ControlFile.CA_ROOT: Secret("R")},
    )
