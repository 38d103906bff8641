"""Who certifies the relays, and with which keys, as an inventory says it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from omi_core.names import Address

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


class KeyKind(StrEnum):
    """What a relay's key is; with both, a client gets the one that it knows."""

    ECDSA = "ecdsa"  # P-256
    RSA = "rsa"  # 2048 bits, for clients that know nothing newer


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalCa:
    """Certificates from a CA of one's own, whose key and root lie in `directory`."""

    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAccount:
    """An account that the CA knows already (RFC 8555 7.3.4): its id, and the file of its MAC key.

    The key is in base64url, as CAs hand it out.
    """

    key_id: str
    mac_key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Acme:
    """Certificates from an ACME server (RFC 8555), validated by dns-01.

    `directory` keeps the account key and what is under way. `ca_file` is for the ACME server's own
    HTTPS, `root_file` what clients must trust, both only where the CA is not a public one.
    `caa_identity` is the CA's name in CAA records, where its directory does not tell.
    """

    url: str
    directory: Path
    contact: Address | None = None
    profile: str = ""
    external_account: ExternalAccount | None = None
    ca_file: Path | None = None
    root_file: Path | None = None
    caa_identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidedFiles:
    """One bought certificate for all relays: its chain, leaf first, and its key, both PEM."""

    chain_file: Path
    key_file: Path
    root_file: Path | None = None


Issuer = InternalCa | Acme | ProvidedFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """What certificates there are: a key of each kind, and from how many days left on to warn."""

    keys: tuple[KeyKind, ...] = (KeyKind.ECDSA,)
    warn_days: int = 10


def root_file_of(issuer: Issuer) -> Path | None:
    """Return the file of the root that clients must be told to trust; None for a public CA's."""
    if isinstance(issuer, InternalCa):
        return issuer.directory / "root.pem"
    return issuer.root_file


def caa_identity_of(issuer: Issuer) -> str:
    """Return the CA's name in CAA records, as far as it is known without asking the CA."""
    if not isinstance(issuer, Acme):
        return ""
    host = urlsplit(issuer.url).hostname or ""
    return issuer.caa_identity or ("letsencrypt.org" if host.endswith(".letsencrypt.org") else "")
