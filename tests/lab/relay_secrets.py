"""What must stay secret, read from where it lies, and how to find it again in any disguise."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lab import keys
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, plain
from tests.lab.relay_run import shell

WINDOW = 18
PREFIX = re.compile(r"^\s*(\[[^\]]*\])?\s*(>>>|\||Error:)?\s*")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)


@dataclass(frozen=True)
class Secrets:
    """Secrets by name; `found` looks for parts of each, as they are and encoded."""

    texts: dict[str, str]

    def found(self, output: str) -> list[str]:
        """The names of the secrets of which a part stands in `output`."""
        haystack = squeezed(output)
        return [name for name, text in self.texts.items() if any_of(disguises(text), haystack)]

    def __or__(self, other: "Secrets") -> "Secrets":
        return Secrets({**self.texts, **other.texts})


def any_of(needles: Iterable[str], haystack: str) -> bool:
    return any(needle in haystack for needle in needles)


def squeezed(output: str) -> str:
    """The output without colours, pyinfra's prefixes and white space, which would hide a text."""
    lines = (PREFIX.sub("", COLOUR.sub("", line)) for line in output.splitlines())
    return re.sub(r"\s|\\n", "", "".join(lines))


def disguises(text: str) -> Iterator[str]:
    """Parts of a secret as they are, in base64 at each alignment, and URL-encoded."""
    octets = text.encode()
    for start in range(0, max(1, len(octets) - WINDOW + 1), WINDOW):
        part = octets[start : start + WINDOW]
        raw = part.decode(errors="replace")
        if len("".join(raw.split())) >= WINDOW // 2:
            yield "".join(raw.split())
        yield quote(part, safe="")
        yield quote_plus(part)
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + part)
            # The first and the last characters depend on the neighbours.
            head = (0, 2, 3)[shift]
            usable = (len(part) + shift) * 8 // 6
            yield encoded[head:usable].decode()


def of_the_control_machine(site: Site) -> Secrets:
    """What the deploy reads on this side: TSIG, the CA's key, the SSH key, customers' hashes."""
    tsig = re.search(r'secret "([^"]+)"', keys.tsig(site).read_text())
    assert tsig is not None
    return Secrets(
        {
            "TSIG secret": tsig[1],
            "CA key": body(keys.authority(site).with_suffix(".key").read_text()),
            "SSH key": body(keys.identity(site).read_text()),
            **hashes(site.checkout / "inventories/lab/customers"),
        }
    )


def hashes(customers: Path) -> dict[str, str]:
    """The password hashes in customers' files."""
    text = "".join(file.read_text() for file in sorted(customers.glob("*.toml")))
    found = re.findall(r"\$6\$[^\"]+\$([^\"$]+)", text)
    return {f"password hash {n}": value for n, value in enumerate(found)}


def of_a_relay(site: Site, relay: str) -> Secrets:
    """The private keys that lie on a relay."""
    script = "cd /etc/omi && for f in tls/relay.pem dkim/*.key; do echo FILE $f; cat $f; done"
    files = shell(site, relay, script).split("FILE ")[1:]
    named = (file.partition("\n") for file in files)
    return Secrets(
        {
            f"{relay} {name} {number}": body(block[0])
            for name, _, text in named
            for number, block in enumerate(PRIVATE.finditer(text))
        }
    )


def passwords() -> Secrets:
    """What customers type, and what their clients make of it."""
    texts = {f"password of {each.login}": each.password for each in (ALICE, BOB)}
    made = {
        f"AUTH PLAIN of {each.login}": plain(each.login, each.password) for each in (ALICE, BOB)
    }
    return Secrets({**texts, **made})


def body(pem: str) -> str:
    """The part of a private key's PEM that nobody can know from the public half.

    With its line breaks, as a tar would carry it. What comes before it (algorithm, curve, modulus)
    stands in every certificate as well.
    """
    found = PRIVATE.search(pem)
    assert found is not None
    text = found[1].strip()
    octets = private_octets(found[0])
    start = base64.b64decode("".join(text.split())).index(octets)
    places = [n for n, character in enumerate(text) if not character.isspace()]
    first, last = -(-start * 8 // 6), (start + len(octets)) * 8 // 6
    return text[places[first] : places[last - 1] + 1]


def private_octets(block: str) -> bytes:
    label = block.splitlines()[0].removeprefix("-----BEGIN ")
    whole = f"{block} {label}\n".encode()
    if label.startswith("OPENSSH"):
        key = serialization.load_ssh_private_key(whole, None)
    else:
        key = serialization.load_pem_private_key(whole, None)
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.private_numbers().private_value.to_bytes(key.key_size // 8, "big")
        case rsa.RSAPrivateKey():
            return key.private_numbers().d.to_bytes(key.key_size // 8, "big").lstrip(b"\0")
        case ed25519.Ed25519PrivateKey():
            return key.private_bytes_raw()
    raise AssertionError(type(key))
