"""What a backup holds, as values; keys are Secrets all the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from omi_core.names import Fqdn
from omi_core.secret import Secret

# What is remembered of a key on each relay: the endings of its marks' files.
MARKS = ("proven", "signed", "left", "gone")


class ControlFile(StrEnum):
    """A file of the control machine, by what it is; where it lies is for the inventory to say."""

    ACME_ACCOUNT = "acme-account"
    CA_KEY = "ca-key"
    CA_ROOT = "ca-root"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """A DKIM key: the octets of its private file as text, and its marks by relay, in seconds.

    `public` is the SHA-256 of its SubjectPublicKeyInfo (DER), in hexadecimal.
    """

    domain: Fqdn
    selector: str
    private: Secret
    public: str
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name of its files on a relay, without their ending."""
        return f"{self.domain.relative}.{self.selector}"

    @property
    def digest(self) -> str:
        """The SHA-256 of its private file."""
        return digest_of(self.private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """All of it: when it was made (seconds since the epoch), of which inventory and relays."""

    made: int
    inventory: str
    zone: Fqdn
    relays: tuple[str, ...]
    keys: tuple[KeptKey, ...]
    files: Mapping[ControlFile, Secret] = field(default_factory=dict)

    @property
    def domains(self) -> tuple[Fqdn, ...]:
        """The domains that it has a key of, each once."""
        return tuple(dict.fromkeys(key.domain for key in self.keys))


def digest_of(content: Secret) -> str:
    """Return the SHA-256 of a secret's octets, in hexadecimal."""
    return sha256(content.unmask().encode()).hexdigest()
